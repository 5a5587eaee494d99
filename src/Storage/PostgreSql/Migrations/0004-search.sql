-- Search follows the journal by position, all day: a tree of rising numbers costs an append next to nothing, and reading on
-- from a mark costs the same however much came since the last vacuum, which the former block ranges did not.
drop index journal_position;
create index journal_position on journal (position);

-- The index of messages, in blocks of neighbouring positions. All of it is derived from the journal. A row here makes a
-- block's pages valid; of two that overlap, the longer one counts.
create table search_blocks (
    after_position bigint primary key,
    upto_position bigint not null,
    pages text collate "C" not null,
    messages bigint not null,
    first_at bigint not null,
    last_at bigint not null
);

-- Tokens and the numbers of the messages that have them. Pages are made to fit into a row, and do not compress.
create table search_pages (
    pages text collate "C" not null,
    first_token bigint not null,
    data bytea not null,
    primary key (pages, first_token)
);
alter table search_pages alter column data set storage external;

-- By number, where a message is stored: 32 a row.
create table search_messages (
    pages text collate "C" not null,
    first bigint not null,
    data bytea not null,
    primary key (pages, first)
);
alter table search_messages alter column data set storage external;
