//! The stylesheet of the provider's pages: one column, light or dark as the reader prefers.

/// Served at `/style.css`.
pub(super) const SHEET: &str = "\
:root {
  color-scheme: light dark;
  --page: light-dark(#f3f1fa, #14121c);
  --card: light-dark(#fff, #1e1b29);
  --text: light-dark(#211d2e, #ece9f5);
  --quiet: light-dark(#5f5972, #aca5c2);
  --line: light-dark(#d9d4e8, #3a3550);
  --edge: light-dark(#857d9e, #7d7598);
  --accent: light-dark(#5b3fd0, #b3a2ff);
  --on-accent: light-dark(#fff, #17122b);
  --notice: light-dark(#eee9ff, #2a2342);
  --problem: light-dark(#a3142f, #ff9dab);
}
* { box-sizing: border-box; }
body {
  margin: 0;
  padding: clamp(0.75rem, 4vw, 3rem);
  min-height: 100vh;
  background: var(--page);
  color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif;
}
main {
  max-width: 40rem;
  margin: 0 auto;
  padding: clamp(1rem, 5vw, 2.25rem);
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: 1.25rem;
  box-shadow: 0 1rem 3rem rgb(40 20 90 / 0.1);
}
.brand { margin: 0; font-weight: 700; letter-spacing: 0.01em; }
.badge {
  margin-inline-start: 0.4rem;
  padding: 0.1rem 0.55rem;
  border-radius: 1rem;
  background: var(--accent);
  color: var(--on-accent);
  font-size: 0.8rem;
}
h1 { margin: 0.6rem 0 0.9rem; font-size: clamp(1.5rem, 6vw, 2rem); line-height: 1.2; text-wrap: balance; }
h2 { margin: 1.75rem 0 0.75rem; font-size: 1.05rem; }
p { margin: 0.5rem 0; overflow-wrap: anywhere; }
code { font-size: 0.9em; }
.notice { padding: 0.75rem 1rem; border-radius: 0.75rem; background: var(--notice); }
.hint { color: var(--quiet); font-size: 0.9rem; }
.problem { color: var(--problem); font-weight: 600; }
.people {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 13rem), 1fr));
  gap: 0.75rem;
  margin: 0;
  padding: 0;
  list-style: none;
}
button {
  min-height: 2.75rem;
  padding: 0.5rem 1.25rem;
  border: 1px solid var(--edge);
  border-radius: 0.75rem;
  background: var(--card);
  color: inherit;
  font: inherit;
  cursor: pointer;
}
button:hover { border-color: var(--accent); background: var(--notice); }
.primary, .primary:hover {
  border-color: var(--accent);
  background: var(--accent);
  color: var(--on-accent);
  font-weight: 600;
}
.primary:hover { filter: brightness(1.1); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.person {
  display: grid;
  grid-template-columns: 4.5rem minmax(0, 1fr);
  column-gap: 0.85rem;
  align-items: center;
  width: 100%;
  height: 100%;
  padding: 0.6rem;
  border-radius: 1rem;
  text-align: start;
}
.person img { grid-row: span 2; display: block; border-radius: 50%; }
.name { align-self: end; font-weight: 600; }
.email { align-self: start; color: var(--quiet); font-size: 0.8rem; overflow-wrap: anywhere; }
label { display: block; font-weight: 600; }
input {
  width: 100%;
  min-height: 2.75rem;
  margin-top: 0.35rem;
  padding: 0.5rem 0.75rem;
  border: 1px solid var(--edge);
  border-radius: 0.75rem;
  background: var(--card);
  color: inherit;
  font: inherit;
}
input[aria-invalid] { border-color: var(--problem); }
.actions { display: flex; flex-wrap: wrap; gap: 0.75rem; margin-top: 1rem; }
.actions button { flex: 1 1 8rem; }
details { margin-top: 2rem; border-top: 1px solid var(--line); padding-top: 1rem; }
summary { color: var(--quiet); cursor: pointer; }
dl { margin: 0; font-size: 0.9rem; }
dt { margin-top: 0.6rem; }
dd { margin: 0; color: var(--quiet); }
";
