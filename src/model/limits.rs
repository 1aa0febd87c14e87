//! Periods and limits: how long each kind of data is kept, and how much one may
//! send or hold. The one place for them: the code that obeys a figure, the
//! policy that prints it and the test that compares them all read it here.

/// A minute in milliseconds.
pub const MINUTE_MS: i64 = 60 * 1000;
/// An hour in milliseconds.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// A day in milliseconds.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// A session ends after this without a visit.
pub const SESSION_IDLE_MS: i64 = 7 * DAY_MS;
/// A session ends after this at the latest.
pub const SESSION_MS: i64 = 30 * DAY_MS;
/// A sign-in that was begun is finished within this or not at all.
pub const PENDING_SIGN_IN_MS: i64 = 10 * MINUTE_MS;
/// Sign-ins that one browser may have under way, each in a tab of its own: the
/// oldest makes room.
pub const SIGN_INS_PER_BROWSER: u32 = 8;
/// A sign-in younger than this counts as fresh, for what only its owner may do.
pub const FRESH_SIGN_IN_MS: i64 = 15 * MINUTE_MS;
/// A person may change their mind this long after closing their account.
pub const CLOSING_GRACE_MS: i64 = 7 * DAY_MS;
/// Everything of a closed account is gone from everywhere within this, whatever
/// keeps copies of it: the grace is shorter where they are kept longer.
pub const ERASED_WITHIN_MS: i64 = 30 * DAY_MS;
/// A picture stays in the trash this long.
pub const TRASH_MS: i64 = 30 * DAY_MS;
/// A change in the library can be undone this long.
pub const UNDO_MS: i64 = DAY_MS;
/// A reference picture or mask is kept this long after its last use.
pub const UPLOAD_MS: i64 = DAY_MS;
/// What somebody did within a minute is counted this long where nodes share a
/// database, under a keyed hash: longer than any limit looks back.
pub const RATE_WINDOW_KEPT_MS: i64 = 5 * MINUTE_MS;
/// Such a count is gone within this, also where every node sleeps and one is woken to
/// see to it (`HOUSE_MS` in `deploy/cloudflare/router.mjs`).
pub const RATE_WINDOW_GONE_MS: i64 = HOUR_MS;
/// An invitation holds this long at most, in days.
pub const INVITATION_DAYS_MAX: u32 = 365;
/// An invitation holds this long unless somebody says otherwise, in days.
pub const INVITATION_DAYS: u32 = 14;
/// New jobs are refused this long after the image API said that the operator's
/// account is out of money, unless a picture arrives meanwhile.
pub const BUDGET_BREAK_MS: i64 = 5 * MINUTE_MS;
/// A pause that ends later than this was said by a clock that was wrong.
pub const BUDGET_BREAK_MAX_MS: i64 = BUDGET_BREAK_MS + MINUTE_MS;

/// The most the clock may run ahead of the time that has passed while a process looks on.
pub const CLOCK_STEP_MS: i64 = HOUR_MS;
/// The most it may have moved while nobody looked: a night, or a task that runs
/// once a day and late.
pub const CLOCK_GAP_MS: i64 = 26 * HOUR_MS;
/// A clock that jumped must run steadily this long before it is believed again.
pub const CLOCK_PROBATION_MS: i64 = DAY_MS;
/// A node's clock that is further from the shared database's is warned of.
pub const CLOCKS_APART_WARNING_MS: i64 = 2_000;
/// A node whose clock is as far from it claims no job.
pub const CLOCKS_APART_MAX_MS: i64 = 5_000;
/// The database's copies from before its last migrations that are kept at most.
pub const MIGRATION_COPIES_MAX: usize = 3;

/// The largest file taken, in MiB.
pub const UPLOAD_MAX_MB: u32 = 25;
/// The most files one form may bring.
pub const UPLOADS_PER_FORM: usize = 16;
/// Uploads one person may have at once, whatever they are used for.
pub const UPLOADS_PER_PERSON: u32 = 200;
/// Their size together, in bytes.
pub const UPLOAD_BYTES_PER_PERSON: i64 = 1024 * 1024 * 1024;
/// The largest body of a form, in bytes.
pub const FORM_BODY_MAX: usize = 64 * 1024;
/// The largest body of the composer's form, in bytes: its prompt may hold 32,000
/// characters of any script, percent-encoded.
pub const COMPOSER_BODY_MAX: usize = 512 * 1024;
/// The largest body of a form with pictures, in bytes: as many of the largest as
/// one form may bring, and the composer's words.
pub const UPLOADS_BODY_MAX: usize =
    UPLOADS_PER_FORM * UPLOAD_MAX_MB as usize * 1024 * 1024 + COMPOSER_BODY_MAX;

/// Prompts that may be sent at once, one a line.
pub const MANY_LINES_MAX: usize = 100;
/// The longest text they may stand in, in bytes.
pub const MANY_BYTES_MAX: usize = 256 * 1024;
/// The largest body of their form, in bytes: what is typed and a file, each somewhat
/// longer than is taken, so that the page can say so.
pub const MANY_BODY_MAX: usize = 4 * MANY_BYTES_MAX;

/// The most partial pictures the image API makes of one picture.
pub const PARTIALS_MAX: u8 = 3;

/// The largest answer of the image API that is read, in bytes, whatever was asked
/// for; most requests are bounded far below by their own pictures.
pub const ANSWER_MAX: usize = 400 * 1024 * 1024;
/// The bytes a picture's file may take beyond its pixels: credentials, metadata,
/// and a picture somewhat larger than was asked for.
pub const PICTURE_EXTRA_BYTES: usize = 4 * 1024 * 1024;
/// The time before a model's end in which people and operator are warned of it.
pub const RETIREMENT_WARNING_MS: i64 = 60 * DAY_MS;
/// Archives of pictures one person may have under way at once; the words say two.
pub const ARCHIVES_PER_PERSON: usize = 2;
/// Archives under way at once in all: each has a thread.
pub const ARCHIVES_IN_ALL: usize = 32;
/// The longest address a person may be sent on to afterwards, in bytes.
pub const LOCAL_PATH_MAX: usize = 2048;
/// Forms with pictures that one person may send at once; more wait.
pub const UPLOADS_AT_ONCE_PER_PERSON: usize = 3;
/// The text fields of such a form, in bytes together: a prompt and some.
pub const TEXT_OF_FORM_MAX: usize = 384 * 1024;
/// What every part of such a form may have for a head, and what may stand before
/// the first, in bytes.
pub const FORM_PART_HEAD_MAX: usize = 16 * 1024;
/// A step of a request's body, in bytes: each has the time that
/// `connections.body_s` says.
pub const BODY_STEP: usize = 8 * 1024;

/// The largest form of a stranger's that waits for their sign-in, in bytes.
pub const STRANGERS_DRAFT_MAX: usize = 160 * 1024;
/// Strangers' forms that wait, in bytes together; the oldest go first.
pub const STRANGERS_DRAFTS_BYTES: i64 = 64 * 1024 * 1024;
/// Sign-ins under way; the oldest go first.
pub const SIGN_INS_MAX: i64 = 30_000;
/// Reports of children's accounts that wait for a decision.
pub const OPEN_REPORTS_MAX: i64 = 10_000;

/// The days that one table of costs holds at most.
pub const COSTS_DAYS_MAX: i64 = 366;
/// Jobs that ended without a picture are shown to administrators this long.
pub const FAILURES_SHOWN_MS: i64 = DAY_MS;
/// Of jobs sent longer ago than this none is looked for.
pub const FAILURES_BEGUN_MS: i64 = 8 * DAY_MS;
/// A job that waits longer than this is warned of.
pub const OLDEST_WAIT_WARNING_MS: i64 = 10 * MINUTE_MS;
/// A newest backup that is older than this is warned of: one a day, and some hours.
pub const BACKUP_AGE_WARNING_MS: i64 = 36 * HOUR_MS;
/// An object that waits to be deleted longer than this is warned of.
pub const DELETION_WARNING_MS: i64 = HOUR_MS;
/// Less room on a disk than this is warned of, in bytes.
pub const DISK_FREE_WARNING_BYTES: u64 = 1024 * 1024 * 1024;
/// And so is less than this part of it.
pub const DISK_FREE_WARNING_PERCENT: u64 = 10;
/// A day's money of which this part is spent is warned of.
pub const COSTS_NEAR_PERCENT: i64 = 90;

/// The longest note of an invitation, in characters.
pub const INVITATION_NOTE_CHARS: u32 = 80;
/// The most accounts that one invitation opens.
pub const INVITATION_USES_MAX: u32 = 1000;
/// Invitations that hold at the same time.
pub const INVITATIONS_MAX: i64 = 1000;
/// Links that are no invitation's which a network may present a minute.
pub const WRONG_INVITATIONS_PER_MINUTE: u32 = 10;

/// The longest tag, in characters.
pub const TAG_CHARS: u32 = 40;
/// The most tags a picture may have.
pub const TAGS_MAX: u32 = 30;
/// The longest title of a picture, in characters.
pub const TITLE_CHARS: u32 = 100;
/// The longest description of what is seen on a picture, in characters.
pub const DESCRIPTION_CHARS: u32 = 500;
/// The most that is looked for among public pictures, in characters.
pub const PUBLIC_SEARCH_CHARS: usize = 200;
/// More pictures than this are "more than" this many, wherever public ones are counted.
pub const PUBLIC_COUNT_MAX: u32 = 1_000;
/// How old the orders by likes and by remixes of a period may be.
pub const RANKINGS_MS: i64 = 10 * MINUTE_MS;
/// The most tags that are shown with a public picture.
pub const PUBLIC_TAGS_MAX: u32 = 10;
/// The longest name of a collection, in characters.
pub const COLLECTION_NAME_CHARS: u32 = 80;
/// The most collections a person may have.
pub const COLLECTIONS_MAX: u32 = 500;
/// The longest name of a style of one's own, in characters.
pub const STYLE_NAME_CHARS: u32 = 40;
/// The most words before a prompt and after it in a style, in characters each.
pub const STYLE_WORDS_CHARS: u32 = 1000;
/// The most styles a person may have.
pub const STYLES_MAX: u32 = 50;
/// The longest name of a person, in characters.
pub const PERSON_NAME_CHARS: u32 = 80;
/// The shortest and the longest handle, in characters.
pub const HANDLE_CHARS: (usize, usize) = (3, 30);
/// A handle that was given up is nobody else's for this long.
pub const HANDLE_RESTS_MS: i64 = 90 * DAY_MS;
/// The most that people say of themselves on their page, in characters.
pub const PROFILE_CHARS: u32 = 300;
/// The most people one may follow: each is looked at when one asks what is new.
pub const FOLLOWS_MAX: u32 = 200;
/// The most people whose pictures one may hide: all of them are read with each visit.
pub const HIDDEN_MAX: u32 = 200;
/// The number of likes that strangers see lags no longer than this.
pub const LIKES_LAG_MS: i64 = MINUTE_MS;
/// The longest answer to "which account" in a report, in characters.
pub const REPORT_ABOUT_CHARS: u32 = 300;
/// The longest answer to "why" in a report, in characters.
pub const REPORT_DETAILS_CHARS: u32 = 2000;
/// The longest reason of an administrator's decision, in characters.
pub const ADMIN_REASON_CHARS: u32 = 500;

/// A notice of child abuse is to be decided within this: at once.
pub const CHILD_ABUSE_DUE_MS: i64 = 0;
/// A notice of terrorist content is to be decided within this.
pub const TERRORISM_DUE_MS: i64 = HOUR_MS;
/// A notice of an intimate picture without consent is to be decided within this.
pub const INTIMATE_DUE_MS: i64 = 2 * DAY_MS;
/// A report of a child's account is to be decided within this.
pub const CHILD_ACCOUNT_DUE_MS: i64 = 2 * DAY_MS;
/// Any other notice is to be decided within this.
pub const NOTICE_DUE_MS: i64 = 7 * DAY_MS;
/// A decision may be objected to for this long: six months, none of them shorter.
pub const APPEAL_MS: i64 = 184 * DAY_MS;
/// A strike counts this long.
pub const STRIKE_MS: i64 = 365 * DAY_MS;
/// So many strikes that count suspend.
pub const STRIKES_MAX: u32 = 3;
/// For so many days.
pub const STRIKES_SUSPEND_DAYS: u32 = 30;
/// An erased account's suspension is remembered this long at most.
pub const SUSPENSION_REMEMBERED_MS: i64 = 365 * DAY_MS;
/// The end of what has none: the last moment of the year 9999.
pub const FOREVER_MS: i64 = 253_402_300_799_000;
/// Notices that a case's page shows at once; a link leads to the next ones.
pub const NOTICES_SHOWN: usize = 50;
/// Notices of one picture that wait together; more are asked to come later.
pub const NOTICES_PER_CASE: i64 = 1_000;
/// The longest explanation of a notice, statement of facts or appeal, in characters.
pub const NOTICE_CHARS: u32 = 2000;
/// The longest name of a rule or a law, in characters.
pub const RULE_CHARS: u32 = 200;
/// The most pictures a day that one person's limit may be set to.
pub const PERSON_PICTURES_MAX: u32 = 100_000;
/// The most dollars a month that one person's limit may be set to.
pub const PERSON_DOLLARS_MAX: u32 = 1_000_000;
/// The parts of the service's money of a day, in percent, at which administrators are
/// warned; at the last one there is none left.
pub const BUDGET_WARNINGS: [u32; 3] = [50, 80, 100];
/// People on a page of the administrators' list.
pub const PEOPLE_SHOWN: u32 = 50;
/// The most that is looked for among people, in characters.
pub const PEOPLE_SEARCH_CHARS: usize = 100;

/// The most pictures that are compared side by side.
pub const COMPARED_MAX: usize = 4;

/// The longest announcement of an administrator, in characters.
pub const ANNOUNCEMENT_CHARS: u32 = 300;
/// For how many days an announcement may be shown.
pub const ANNOUNCEMENT_DAYS: [u32; 5] = [1, 2, 7, 14, 30];
/// The most announcements at once, those that are yet to be shown among them.
pub const ANNOUNCEMENTS_MAX: u32 = 10;
/// A mail that cannot be sent is tried for so long, and then given up.
pub const MAIL_MS: i64 = 3 * DAY_MS;
/// Receipts that go to one address within a day, whoever typed it.
pub const RECEIPTS_PER_DAY: u32 = 5;
/// A mail that is being sent is nobody else's for so long.
pub const MAIL_TAKEN_MS: i64 = 15 * MINUTE_MS;
/// A mail that the host would not take now is tried again after this, and twice as long
/// each time after.
pub const MAIL_AGAIN_MS: i64 = MINUTE_MS;
/// But never after longer than this.
pub const MAIL_AGAIN_MAX_MS: i64 = 4 * HOUR_MS;
/// A mail that the host refused for good is tried again after this: its settings may have
/// been wrong.
pub const MAIL_REFUSED_AGAIN_MS: i64 = 12 * HOUR_MS;
/// A mail that waits longer than this is warned of.
pub const MAIL_WARNING_MS: i64 = HOUR_MS;
/// Mails that were given up are shown to administrators this long.
pub const MAIL_FAILURES_SHOWN_MS: i64 = 30 * DAY_MS;
/// What is left of a removed picture, as hashes, is kept this long after the decision.
pub const REMOVED_MS: i64 = 365 * DAY_MS;
/// A sealed copy for the police is kept this long, and for as long again by an order.
pub const SEALED_MS: i64 = 90 * DAY_MS;
/// One of terrorist content is kept this long: six months, none of them shorter.
pub const SEALED_TERRORISM_MS: i64 = 184 * DAY_MS;
/// An authority's order is to be followed within this, unless it is about terrorist content.
pub const ORDER_DUE_MS: i64 = DAY_MS;
/// Addresses of pictures that one order may name, kept as one step: D1 takes 50 statements
/// in one. An authority that has more sends more.
pub const ORDER_PICTURES_MAX: usize = 15;
/// The most orders that wait for an answer; whoever sends another is asked to write.
pub const OPEN_ORDERS_MAX: u32 = 500;
/// The longest list of them, in characters.
pub const ORDER_LIST_CHARS: u32 = 10_000;
/// Whose reports were manifestly unfounded again is not read for this long.
pub const UNREAD_MS: i64 = 30 * DAY_MS;
/// That reports of somebody were manifestly unfounded is remembered this long.
pub const UNFOUNDED_REMEMBERED_MS: i64 = 365 * DAY_MS;
/// So many pictures that moderation refused, within the time below, are too many.
pub const REFUSALS_MAX: usize = 10;
/// See [`REFUSALS_MAX`].
pub const REFUSALS_MS: i64 = DAY_MS;
/// An account is new for this long, and may make half of a day's pictures within the time
/// below.
pub const NEW_ACCOUNT_MS: i64 = DAY_MS;
/// However few a day's are: so many.
pub const NEW_BURST_MIN: usize = 10;
/// See [`NEW_ACCOUNT_MS`].
pub const NEW_BURST_MS: i64 = HOUR_MS;
/// So many accounts opened from one network, within the time below, are too many.
pub const NEW_ACCOUNTS_MAX: usize = 10;
/// See [`NEW_ACCOUNTS_MAX`].
pub const NEW_ACCOUNTS_MS: i64 = HOUR_MS;
/// So many sign-ins of one network that failed, within the time below, are too many.
pub const FAILED_SIGN_INS_MAX: usize = 20;
/// See [`FAILED_SIGN_INS_MAX`].
pub const FAILED_SIGN_INS_MS: i64 = 10 * MINUTE_MS;
/// What was done too often is known this long.
pub const ABUSE_KEPT_MS: i64 = DAY_MS;
/// People and networks that are watched at the same time.
pub const ABUSE_WATCHED_MAX: usize = 20_000;
/// Who said to be of this age or older is grown up, in years.
pub const GROWN_UP_YEARS: u32 = 18;
/// After so many days an unlisted address may end, as its form offers.
pub const UNLISTED_DAYS: [i64; 3] = [1, 7, 30];
/// The latest day on which one may end is so far away, in days.
pub const UNLISTED_MAX_DAYS: i64 = 3_660;
