-- Files that people send: one row from the first byte announced on. The bytes lie in the file store.
create table uploads (
    id text collate "C" primary key,
    owner text collate "C" not null,
    name text not null,
    bytes bigint not null,
    received bigint not null,
    state text collate "C" not null,
    reason text collate "C" not null default '',
    type text not null default '',
    width integer,
    height integer,
    preview integer not null default 0,
    created_at bigint not null
);
create index uploads_owner on uploads (owner, created_at);
create index uploads_loose on uploads (created_at) where state <> 'used';

-- The file store of clusters that have no other.
create table blobs (
    key text collate "C" primary key,
    data bytea not null
);
-- Images are compressed already.
alter table blobs alter column data set storage external;
