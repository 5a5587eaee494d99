-- Times are microseconds since 1970 UTC. The schema of SQLite is the same but for types.
-- Keys compare byte by byte (collation C): cheaper to keep in order than any language's rules, and a new version of the
-- system's rules can't break an index.

-- What happened. Readers of position stop below the oldest transaction that still runs: txid tells them.
create table journal (
    position bigint generated always as identity,
    txid xid8 not null default pg_current_xact_id(),
    stream text collate "C" not null,
    version bigint not null,
    append_id uuid not null,
    type text not null,
    at bigint not null,
    data bytea not null,
    visitor_sequence bigint,
    author text collate "C",
    client_id text collate "C",
    content_hash bytea,
    key_id text
);
alter table journal add constraint journal_key primary key (stream, version);
-- A few bytes for each block of rows: enough to find the tail by position, and nothing on the writer's path.
create index journal_position on journal using brin (position);
create unique index journal_visible on journal (stream, visitor_sequence) where visitor_sequence is not null;
create unique index journal_client on journal (stream, author, client_id) where client_id is not null;

-- What committed events owe to others. owed_at keeps the order in which it was owed; due_at moves with each attempt.
create table outbox (
    id text collate "C" primary key,
    stream text collate "C" not null,
    version bigint not null,
    kind text not null,
    target text not null,
    payload bytea not null,
    due_at bigint not null,
    owed_at bigint not null,
    attempts integer not null
);
-- Rows come and go by the second: vacuumed by count, not by share.
alter table outbox set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
create index outbox_due on outbox (due_at, id);

create table deadlines (
    stream text collate "C" primary key,
    due_at bigint not null
);
create index deadlines_due on deadlines (due_at);

create table leases (
    name text collate "C" primary key,
    holder text collate "C" not null,
    until bigint not null
);

create table conversations (
    id text collate "C" primary key,
    stream text collate "C" not null,
    version bigint not null,
    site_id text collate "C" not null,
    visitor_id text collate "C" not null,
    visitor_name text not null,
    queue_id text collate "C" not null,
    state text collate "C" not null,
    agent_id text collate "C",
    reservation_id text collate "C",
    priority bigint not null,
    enqueued_at bigint not null,
    skipped_agent_id text,
    started_at bigint not null,
    closed_at bigint,
    rating integer,
    locale text not null,
    activity_version bigint not null default 0,
    visitor_head bigint not null default 0,
    last_message_at bigint,
    preview text not null default '',
    last_author text not null default '',
    messages bigint not null default 0,
    active_at bigint not null
);
create index conversations_waiting on conversations (queue_id, priority desc, enqueued_at, id) where state = 'waiting';
create index conversations_held on conversations (agent_id, started_at, id) where agent_id is not null;
create index conversations_visitor on conversations (visitor_id, site_id, started_at, id);
create index conversations_active on conversations (active_at, id);
create index conversations_queue on conversations (queue_id, active_at, id);
create index conversations_open on conversations (id) where state <> 'closed';

create table read_marks (
    conversation_id text collate "C" not null,
    reader text collate "C" not null,
    up_to bigint not null,
    primary key (conversation_id, reader)
);

create table accounts (
    agent_id text collate "C" primary key,
    email text collate "C" not null unique,
    name text not null,
    password_hash text not null,
    roles text not null,
    queues text not null,
    capacity bigint not null,
    disabled bigint not null,
    revision bigint not null
);

create table agent_sessions (
    token_hash text collate "C" primary key,
    agent_id text collate "C" not null,
    created_at bigint not null,
    expires_at bigint not null,
    address text not null
);
create index agent_sessions_agent on agent_sessions (agent_id);
create index agent_sessions_expiry on agent_sessions (expires_at);

create table queues (
    id text collate "C" primary key,
    settings text not null
);

create table sites (
    id text collate "C" primary key,
    settings text not null
);

create table signing_keys (
    name text collate "C" primary key,
    xml text not null
);

-- Written by the health check: proves that a commit reaches the disk.
create table probes (
    id bigint primary key,
    at bigint not null
);

-- Ends the writer's transaction where the expected version of a stream does not exist.
create function journal_refuse(stream text) returns void language plpgsql as $$
begin
    raise exception 'Stream % is not at the expected version.', stream using errcode = 'CS001';
end
$$;
