-- Times are microseconds since 1970 UTC. The schema of PostgreSQL is the same but for types.

-- What happened. position is the rowid: the one writer gives it out in commit order.
create table journal (
    position integer primary key,
    stream text not null,
    version integer not null,
    append_id blob not null,
    type text not null,
    at integer not null,
    data blob not null,
    visitor_sequence integer,
    author text,
    client_id text,
    content_hash blob,
    key_id text
);
create unique index journal_key on journal (stream, version);
create unique index journal_visible on journal (stream, visitor_sequence) where visitor_sequence is not null;
create unique index journal_client on journal (stream, author, client_id) where client_id is not null;

-- What committed events owe to others. owed_at keeps the order in which it was owed; due_at moves with each attempt.
create table outbox (
    id text primary key,
    stream text not null,
    version integer not null,
    kind text not null,
    target text not null,
    payload blob not null,
    due_at integer not null,
    owed_at integer not null,
    attempts integer not null
) without rowid;
create index outbox_due on outbox (due_at, id);

create table deadlines (
    stream text primary key,
    due_at integer not null
) without rowid;
create index deadlines_due on deadlines (due_at);

create table leases (
    name text primary key,
    holder text not null,
    until integer not null
) without rowid;

create table conversations (
    id text primary key,
    stream text not null,
    version integer not null,
    site_id text not null,
    visitor_id text not null,
    visitor_name text not null,
    queue_id text not null,
    state text not null,
    agent_id text,
    reservation_id text,
    priority integer not null,
    enqueued_at integer not null,
    skipped_agent_id text,
    started_at integer not null,
    closed_at integer,
    rating integer,
    locale text not null,
    activity_version integer not null default 0,
    visitor_head integer not null default 0,
    last_message_at integer,
    preview text not null default '',
    last_author text not null default '',
    messages integer not null default 0,
    active_at integer not null
);
create index conversations_waiting on conversations (queue_id, priority desc, enqueued_at, id) where state = 'waiting';
create index conversations_held on conversations (agent_id, started_at, id) where agent_id is not null;
create index conversations_visitor on conversations (visitor_id, site_id, started_at, id);
create index conversations_active on conversations (active_at, id);
create index conversations_queue on conversations (queue_id, active_at, id);
create index conversations_open on conversations (id) where state <> 'closed';

create table read_marks (
    conversation_id text not null,
    reader text not null,
    up_to integer not null,
    primary key (conversation_id, reader)
) without rowid;

create table accounts (
    agent_id text primary key,
    email text not null unique,
    name text not null,
    password_hash text not null,
    roles text not null,
    queues text not null,
    capacity integer not null,
    disabled integer not null,
    revision integer not null
);

create table agent_sessions (
    token_hash text primary key,
    agent_id text not null,
    created_at integer not null,
    expires_at integer not null,
    address text not null
) without rowid;
create index agent_sessions_agent on agent_sessions (agent_id);
create index agent_sessions_expiry on agent_sessions (expires_at);

create table queues (
    id text primary key,
    settings text not null
) without rowid;

create table sites (
    id text primary key,
    settings text not null
) without rowid;

create table signing_keys (
    name text primary key,
    xml text not null
) without rowid;

-- Written by the health check: proves that a commit reaches the disk.
create table probes (
    id integer primary key,
    at integer not null
);
