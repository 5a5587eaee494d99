-- Later wordings of messages, and removals: what was edited is found by its last wording alone. Derived from the journal.
create table search_amended (
    conversation_id text collate "C" not null,
    message bigint not null,
    version bigint not null,
    primary key (conversation_id, message, version)
);

-- The index is derived anew, so that what was edited before is known too. Pages without a block are tidied away.
delete from search_blocks;
