-- Files that people send: one row from the first byte announced on. The bytes lie in the file store.
create table uploads (
    id text primary key,
    owner text not null,
    name text not null,
    bytes integer not null,
    received integer not null,
    state text not null,
    reason text not null default '',
    type text not null default '',
    width integer,
    height integer,
    preview integer not null default 0,
    created_at integer not null
) without rowid;
create index uploads_owner on uploads (owner, created_at);
create index uploads_loose on uploads (created_at) where state <> 'used';
