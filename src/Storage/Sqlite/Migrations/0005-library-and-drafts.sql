-- What agents share for their work (canned replies, macros, views, tags), and what they have not sent yet.
create table library (
    kind text not null,
    id text not null,
    scope text not null,
    revision integer not null,
    body text not null,
    updated_by text not null,
    updated_at integer not null,
    primary key (kind, id)
);
create index library_scope on library (kind, scope);

create table drafts (
    agent_id text not null,
    conversation_id text not null,
    reply text not null,
    note text not null,
    mode text not null,
    revision integer not null,
    updated_at integer not null,
    primary key (agent_id, conversation_id)
);
