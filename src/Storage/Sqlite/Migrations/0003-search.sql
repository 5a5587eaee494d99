-- The index of messages, in blocks of neighbouring positions. All of it is derived from the journal. A row here makes a
-- block's pages valid; of two that overlap, the longer one counts.
create table search_blocks (
    after_position integer primary key,
    upto_position integer not null,
    pages text not null,
    messages integer not null,
    first_at integer not null,
    last_at integer not null
);

-- Tokens and the numbers of the messages that have them.
create table search_pages (
    pages text not null,
    first_token integer not null,
    data blob not null
);
create unique index search_pages_key on search_pages (pages, first_token);

-- By number, where a message is stored: 32 a row.
create table search_messages (
    pages text not null,
    first integer not null,
    data blob not null
);
create unique index search_messages_key on search_messages (pages, first);
