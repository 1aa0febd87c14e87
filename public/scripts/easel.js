// The edit page's easel: marks what may change by brush, rectangle and ellipse, or by the
// numbers of the form, and sends it with the form as a PNG that is transparent there. What
// was done is kept as a list of acts: undoing drops the last and paints the rest again. One
// finger paints; two move the picture and look at it more closely.

const easel = document.querySelector('.easel');
const form = document.querySelector('.edit-form');
const find = (selector, within = document) => within.querySelector(selector);

if (easel) {
  const pane = find('.easel-pane', easel);
  const sheet = find('.easel-sheet', easel);
  const said = find('.easel-said', form);
  const nothing = said.textContent;
  const canvas = document.createElement('canvas');
  const [width, height] = [+easel.dataset.width, +easel.dataset.height];
  Object.assign(canvas, { width, height });
  sheet.append(canvas);
  pane.style.setProperty('--ratio', width / height);
  pane.dataset.live = '';
  const side = Math.min(width, height);
  const range = name => find(`[data-range=${name}]`, form);
  const tools = find('.easel-tools', form);
  const tool = () => find('[name=tool]:checked', tools).value;
  const shapes = { rectangle: 'rect', ellipse: 'ellipse' };

  // Stripes of black and white: of the two, one stands out on any ground.
  const stripes = context => {
    const tile = document.createElement('canvas');
    const step = Math.max(2, Math.round(side / 80));
    tile.width = tile.height = step * 2;
    const pen = tile.getContext('2d');
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, step * 2, step * 2);
    pen.fillStyle = '#000';
    pen.fillRect(0, 0, step, step);
    pen.fillRect(step, step, step, step);
    return context.createPattern(tile, 'repeat');
  };
  const screen = canvas.getContext('2d');
  const ink = stripes(screen);

  let acts = [];
  let drawn;

  const paint = (context, style, act) => {
    context.globalCompositeOperation = act.erase ? 'destination-out' : 'source-over';
    context.fillStyle = context.strokeStyle = style;
    context.beginPath();
    if (act.clear) {
      context.clearRect(0, 0, width, height);
    } else if (act.invert) {
      context.globalCompositeOperation = 'source-out';
      context.fillRect(0, 0, width, height);
    } else if (act.points) {
      context.lineWidth = act.size;
      context.lineCap = context.lineJoin = 'round';
      const [first, ...rest] = act.points;
      context.moveTo(...first);
      for (const point of rest.length ? rest : [first]) context.lineTo(...point);
      context.stroke();
    } else {
      const [x, y, w, h] = act.box;
      if (act.shape == 'rect') context.rect(x, y, w, h);
      else context.ellipse(x + w / 2, y + h / 2, w / 2, h / 2, 0, 0, 7);
      context.fill();
    }
  };
  const replay = (context, style) => {
    context.globalCompositeOperation = 'source-over';
    context.clearRect(0, 0, width, height);
    for (const act of acts) paint(context, style, act);
  };
  // How much is marked, counted on a small copy.
  const share = () => {
    const small = document.createElement('canvas');
    small.width = small.height = 100;
    const context = small.getContext('2d', { willReadFrequently: true });
    context.drawImage(canvas, 0, 0, 100, 100);
    const { data } = context.getImageData(0, 0, 100, 100);
    let marked = 0;
    for (let at = 3; at < data.length; at += 4) marked += data[at] / 255;
    return marked / 100;
  };
  const tell = () => {
    const percent = share();
    // A dot may be lost in the small copy.
    const marked = acts.length && !acts.at(-1).clear;
    const shown = percent < 1 ? '< 1' : Math.round(percent);
    said.textContent = marked ? easel.dataset.marked.replace('#', shown) : nothing;
  };
  const act = done => {
    acts.push(done);
    paint(screen, ink, done);
    tell();
  };

  const place = event => {
    const box = canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) * width) / box.width,
      ((event.clientY - box.top) * height) / box.height,
    ];
  };
  const boxOf = ([ax, ay], [bx, by]) => [
    Math.min(ax, bx), Math.min(ay, by), Math.abs(ax - bx), Math.abs(ay - by),
  ];
  // How closely the picture is looked at, by every road to it; what is at a place of the
  // window stays there.
  const ends = ['min', 'max'].map(end => +range('zoom')[end]);
  let level = 1;
  const middle = () => {
    const box = pane.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
  };
  const jump = (what, left, top) => what.scrollBy({ left, top, behavior: 'instant' });
  const zoom = (to, [x, y]) => {
    const before = sheet.getBoundingClientRect();
    const [across, down] = [(x - before.left) / before.width, (y - before.top) / before.height];
    level = Math.min(ends[1], Math.max(ends[0], to));
    sheet.style.setProperty('--zoom', level);
    range('zoom').value = level;
    const after = sheet.getBoundingClientRect();
    jump(pane, after.left + across * after.width - x, after.top + down * after.height - y);
  };
  // What the picture cannot be moved by moves the page.
  const pan = (x, y) => {
    const { scrollTop } = pane;
    jump(pane, -x, -y);
    jump(window, 0, -y - (pane.scrollTop - scrollTop));
  };

  const fingers = new Map();
  let pinch;
  const spread = () => {
    const [[ax, ay], [bx, by]] = [...fingers.values()];
    return { at: [(ax + bx) / 2, (ay + by) / 2], wide: Math.max(1, Math.hypot(ax - bx, ay - by)) };
  };
  canvas.addEventListener('pointerdown', event => {
    if (event.button) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    if (event.pointerType == 'touch') fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (fingers.size == 2) {
      // What the first of the two has begun to paint was not meant.
      if (drawn?.act) {
        acts.splice(acts.indexOf(drawn.act), 1);
        replay(screen, ink);
        tell();
      }
      drawn = undefined;
      pinch = { ...spread(), level };
    }
    if (drawn || pinch) return;
    const [using, at] = [tool(), place(event)];
    drawn = { id: event.pointerId, at, using, from: [event.clientX, event.clientY] };
    if (using == 'hand') return;
    const erase = using == 'eraser';
    const size = Math.max(1, (+range('size').value * side) / 100);
    drawn.act = shapes[using]
      ? { shape: shapes[using], box: [...at, 0, 0] }
      : { points: [at], size, erase };
    acts.push(drawn.act);
    paint(screen, ink, drawn.act);
  });
  canvas.addEventListener('pointermove', event => {
    const here = [event.clientX, event.clientY];
    if (fingers.has(event.pointerId)) fingers.set(event.pointerId, here);
    if (pinch) {
      if (fingers.size != 2) return;
      const { at, wide } = spread();
      pan(at[0] - pinch.at[0], at[1] - pinch.at[1]);
      pinch.at = at;
      zoom((pinch.level * wide) / pinch.wide, at);
      return;
    }
    if (drawn?.id != event.pointerId) return;
    const at = place(event);
    if (drawn.using == 'hand') {
      pan(here[0] - drawn.from[0], here[1] - drawn.from[1]);
      drawn.from = here;
    } else if (drawn.act.points) {
      const last = drawn.act.points.at(-1);
      drawn.act.points.push(at);
      paint(screen, ink, { ...drawn.act, points: [last, at] });
    } else {
      drawn.act.box = boxOf(drawn.at, at);
      replay(screen, ink);
    }
  });
  for (const type of ['pointerup', 'pointercancel']) {
    canvas.addEventListener(type, event => {
      fingers.delete(event.pointerId);
      // The finger that is left paints nothing before it was lifted.
      if (!fingers.size) pinch = undefined;
      if (drawn?.id != event.pointerId) return;
      drawn = undefined;
      tell();
    });
  }

  range('zoom').addEventListener('input', event => zoom(+event.target.value, middle()));
  pane.addEventListener('wheel', event => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoom(level - Math.sign(event.deltaY) / 2, [event.clientX, event.clientY]);
  });
  tools.addEventListener('change', () => (canvas.dataset.tool = tool()));
  canvas.dataset.tool = tool();

  const undo = () => {
    acts.pop();
    replay(screen, ink);
    tell();
  };
  form.addEventListener('click', event => {
    const name = event.target.closest('[data-act]')?.dataset.act;
    if (name == 'undo') undo();
    if (name == 'clear') act({ clear: true });
    if (name == 'invert') act({ invert: true });
    if (name == 'mark') {
      const fields = ['left', 'top', 'width', 'height'].map(field => form.elements[field]);
      if (!fields.every(field => field.value && field.reportValidity())) {
        return fields.find(field => !field.value)?.focus();
      }
      const [left, top, wide, high] = fields.map(field => +field.value / 100);
      const shape = shapes[find('[name=shape]:checked', form).value];
      act({ shape, box: [left * width, top * height, wide * width, high * height] });
      for (const field of fields) field.value = '';
    }
  });
  form.addEventListener('keydown', event => {
    // In a field it takes back what was typed.
    const typing = event.target.matches('textarea, [type=number]');
    if ((event.ctrlKey || event.metaKey) && event.key == 'z' && !typing) {
      event.preventDefault();
      undo();
    }
  });

  // The mark as it is sent: opaque, and transparent where it may change. None where all
  // that was marked was taken back.
  const mask = () => {
    const [sent, cut] = [0, 1].map(() =>
      Object.assign(document.createElement('canvas'), { width, height }));
    const [whole, marks] = [sent, cut].map(one => one.getContext('2d'));
    whole.fillRect(0, 0, width, height);
    replay(marks, '#000');
    const { buffer } = marks.getImageData(0, 0, width, height).data;
    if (!new Uint32Array(buffer).some(Boolean)) return null;
    whole.globalCompositeOperation = 'destination-out';
    whole.drawImage(cut, 0, 0);
    return new Promise(done => sent.toBlob(done));
  };

  // Sent in the background, so that a refusal leaves words and marks where they are.
  form.addEventListener('submit', async event => {
    event.preventDefault();
    const [button, told] = [find('[type=submit]', form), find('.edit-told', form)];
    if (button.disabled) return;
    button.disabled = true;
    told.textContent = '';
    try {
      const body = new FormData(form);
      body.delete('mask_file');
      const marked = acts.length && (await mask());
      if (marked) body.append('mask_file', marked, 'mask.png');
      const headers = { accept: 'text/html' };
      const answer = await fetch(form.action, { method: 'post', body, headers });
      const refused = !answer.ok || new URL(answer.url).searchParams.has('error');
      if (!refused) return location.assign(answer.url);
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const why = find('.note-error p', page) ?? find('main p, p', page);
      told.textContent = why?.textContent ?? form.dataset.offline;
    } catch {
      told.textContent = form.dataset.offline;
    }
    button.disabled = false;
  });
  // Coming back to the page finds its button in order.
  addEventListener('pageshow', () => (find('[type=submit]', form).disabled = false));
}

// Before and after: the slider moves the edge between the two.
for (const slider of document.querySelectorAll('.edit-slider input')) {
  const stage = find('.before-after', slider.closest('.edit-compare'));
  const move = () => stage.style.setProperty('--at', `${slider.value}%`);
  stage.dataset.live = '';
  slider.addEventListener('input', move);
  move();
}
