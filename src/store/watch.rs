//! What a node's watch asks of a database that several nodes share: whether a job
//! is due, which sessions have ended, what became of some people's jobs.
//!
//! However much is asked for, it is one trip. What is not news is left out of
//! the answer, so that most answers are empty.

use super::{
    Db, DbError, Row, Statement,
    announcements::{self, Announcement},
    engine::json,
    jobs, models_off, public,
};
use crate::model::limits::SESSION_IDLE_MS;

statements! {
    /// Those of a list that nobody is signed in with any more.
    ENDED = "SELECT held.value AS token_hash FROM json_each(?1) AS held
        WHERE NOT EXISTS (SELECT 1 FROM sessions s JOIN users u ON u.id = s.user_id
            WHERE s.token_hash = held.value AND s.expires_at > ?2 AND s.last_seen_at > ?3
              AND u.erasure_id IS NULL)";
    /// By the people: each has few jobs that changed just now, the service many.
    CHANGED = "SELECT j.id, j.user_id, j.state, j.changed_at
        FROM json_each(?1) AS person CROSS JOIN jobs j
        WHERE j.user_id = person.value AND j.changed_at > ?2";
    /// Another queue has another number of jobs, or jobs of other times.
    QUEUE = "SELECT COUNT(*) AS jobs, COALESCE(SUM(created_at % 1000000007), 0) AS times
        FROM jobs WHERE state = 'queued'";
}

/// The most names in one statement, so that no text is large for the engine.
const NAMES_AT_ONCE: usize = 5_000;

/// What a node wants to know.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// Unix milliseconds by this node's clock, as its claims go by it.
    pub now_ms: i64,
    /// Jobs of one person that run at once.
    pub per_person: u32,
    /// Hashes of the sessions that hold a stream open, each once.
    pub sessions: Vec<String>,
    /// Ids of the people whose jobs are followed, each once.
    pub people: Vec<String>,
    /// Unix milliseconds: older changes are known.
    pub since_ms: i64,
    /// True if somebody is shown a place in the queue.
    pub queue: bool,
}

/// What it is told.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// True if a worker would find a job to claim.
    pub due: bool,
    /// Those of the sessions that ended, or whose person is closing their account.
    pub ended: Vec<String>,
    /// Jobs of these people that changed since.
    pub changed: Vec<Changed>,
    /// The queue as a whole, if it was asked for.
    pub queue: Option<Queue>,
    /// How often what strangers see has changed.
    pub public: i64,
    /// The models that are switched off.
    pub models_off: Vec<String>,
    /// Ids of the jobs that are to be stopped whose answer is awaited, on whichever node.
    pub to_stop: Vec<String>,
    /// What administrators tell everybody.
    pub announcements: Vec<Announcement>,
}

/// A job as it changed last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The job's id.
    pub job: String,
    /// Its owner's id.
    pub person: String,
    /// The word of the state it is in.
    pub state: String,
    /// Unix milliseconds of the change, by the clock of the node that made it.
    pub at_ms: i64,
}

/// What differs when jobs have joined or left the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Number of jobs in it.
    pub jobs: i64,
    /// A sum over the times they were made at.
    pub times: i64,
}

/// Asks everything at once.
pub async fn look(db: &Db, question: &Question) -> Result<Answer, DbError> {
    let now_ms = question.now_ms;
    // True to what a claim takes: a ring for a job that nobody may claim would ring
    // every second.
    let due = jobs::claimable_statement(now_ms, question.per_person);
    let mut statements = vec![
        due,
        public::statement(),
        models_off::list_statement(),
        announcements::list_statement(),
        jobs::to_stop_statement(),
    ];
    let sessions = question.sessions.chunks(NAMES_AT_ONCE);
    let people = question.people.chunks(NAMES_AT_ONCE);
    let (session_lists, people_lists) = (sessions.len(), people.len());
    for list in sessions {
        let ended = Statement::new(ENDED)
            .bind(json(list)?)
            .bind(now_ms)
            .bind(now_ms - SESSION_IDLE_MS);
        statements.push(ended);
    }
    for list in people {
        let changed = Statement::new(CHANGED)
            .bind(json(list)?)
            .bind(question.since_ms);
        statements.push(changed);
    }
    if question.queue {
        statements.push(Statement::new(QUEUE));
    }
    let mut results = db.fetch_many(statements).await?.into_iter();
    let mut answer = Answer {
        due: !results.next().ok_or(DbError::Shape)?.is_empty(),
        public: public::from_rows(&results.next().ok_or(DbError::Shape)?)?,
        models_off: models_off::of_rows(&results.next().ok_or(DbError::Shape)?)?,
        announcements: announcements::of_rows(&results.next().ok_or(DbError::Shape)?)?,
        ..Answer::default()
    };
    for row in results.next().ok_or(DbError::Shape)? {
        answer.to_stop.push(row.text("id")?);
    }
    for row in results.by_ref().take(session_lists).flatten() {
        answer.ended.push(row.text("token_hash")?);
    }
    for row in results.by_ref().take(people_lists).flatten() {
        answer.changed.push(Changed::from_row(&row)?);
    }
    if question.queue {
        let rows = results.next().ok_or(DbError::Shape)?;
        let row = rows.first().ok_or(DbError::Shape)?;
        answer.queue = Some(Queue {
            jobs: row.int("jobs")?,
            times: row.int("times")?,
        });
    }
    Ok(answer)
}

impl Changed {
    fn from_row(row: &Row) -> Result<Changed, DbError> {
        Ok(Changed {
            job: row.text("id")?,
            person: row.text("user_id")?,
            state: row.text("state")?,
            at_ms: row.int("changed_at")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_800_000_000_000;

    /// Ada, closing; Sam with a session that is live and one that is over, and a
    /// job that waits; each with a job that changed.
    async fn database(folder: &tempfile::TempDir) -> Db {
        let path = folder.path().join("test.db");
        let db = Db::open(&path).await.expect("a database");
        let mut batch = vec![Statement::new(
            "INSERT INTO erasures (id, requested_at, due_at) VALUES ('e', 1, 1)",
        )];
        let person = "INSERT INTO users (id, issuer, subject, email, name, created_at,
                last_sign_in_at, erasure_id) VALUES (?1, 'i', ?1, 'a@b.example', 'n', 1, 1, ?2)";
        for (id, erasure) in [("ada", Some("e")), ("sam", None)] {
            batch.push(Statement::new(person).bind(id).bind(erasure));
        }
        let session = "INSERT INTO sessions (token_hash, user_id, created_at, last_seen_at,
                expires_at, user_agent) VALUES (?1, ?2, 1, ?3, ?3, '')";
        for (hash, user, until_ms) in [
            ("closing", "ada", NOW_MS + 1),
            ("live", "sam", NOW_MS + 1),
            ("over", "sam", NOW_MS),
        ] {
            let session = Statement::new(session).bind(hash).bind(user);
            batch.push(session.bind(until_ms));
        }
        let job = "INSERT INTO jobs (id, user_id, request_key, state, model, prompt, settings,
                reserved_micros, created_at, not_before, changed_at)
            VALUES (?1, ?2, ?1, ?3, 'm', 'p', '{}', 1, ?4, ?4, ?4)";
        for (id, user, state, at_ms) in [
            ("a1", "ada", "ready", NOW_MS),
            ("s1", "sam", "queued", NOW_MS),
            ("s2", "sam", "ready", NOW_MS - 5_000),
        ] {
            let job = Statement::new(job).bind(id).bind(user);
            batch.push(job.bind(state).bind(at_ms));
        }
        db.batch(batch).await.expect("written");
        db
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[tokio::test]
    async fn one_look_tells_everything_and_nothing_that_is_no_news() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = database(&folder).await;
        let question = Question {
            now_ms: NOW_MS,
            per_person: 1,
            sessions: names(&["closing", "live", "never", "over"]),
            people: names(&["sam", "nobody"]),
            since_ms: NOW_MS - 1_000,
            queue: true,
        };
        let looked = crate::store::trips::count(look(&db, &question)).await;
        let (answer, trips) = (looked.0.expect("answered"), looked.1);
        assert_eq!(trips, 1);
        assert!(answer.due);
        let mut ended = answer.ended;
        ended.sort();
        assert_eq!(ended, ["closing", "never", "over"]);
        let changed = Changed {
            job: "s1".into(),
            person: "sam".into(),
            state: "queued".into(),
            at_ms: NOW_MS,
        };
        assert_eq!(answer.changed, [changed]);
        let queue = answer.queue.expect("asked for");
        assert_eq!(queue.jobs, 1);
        // Of nobody, and nobody may have a job under way.
        let nothing = Question {
            now_ms: NOW_MS,
            ..Question::default()
        };
        let answer = look(&db, &nothing).await.expect("answered");
        assert!(!answer.due && answer.ended.is_empty() && answer.changed.is_empty());
        assert!(answer.queue.is_none());
    }

    #[tokio::test]
    async fn however_many_names_there_are_each_is_looked_at() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = database(&folder).await;
        let sessions = (0..NAMES_AT_ONCE + 1).map(|n| format!("s{n}")).collect();
        let mut people: Vec<String> = (0..NAMES_AT_ONCE).map(|n| format!("p{n}")).collect();
        people.push("sam".into());
        let question = Question {
            now_ms: NOW_MS,
            per_person: 1,
            sessions,
            people,
            since_ms: 0,
            queue: true,
        };
        let answer = look(&db, &question).await.expect("answered");
        assert_eq!(answer.ended.len(), NAMES_AT_ONCE + 1);
        assert_eq!(answer.changed.len(), 2);
        assert_eq!(answer.queue.map(|queue| queue.jobs), Some(1));
    }
}
