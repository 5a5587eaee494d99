-- Later wordings of messages, and removals: what was edited is found by its last wording alone. Derived from the journal.
create table search_amended (
    conversation_id text not null,
    message integer not null,
    version integer not null,
    primary key (conversation_id, message, version)
) without rowid;

-- The index is derived anew, so that what was edited before is known too. Pages without a block are tidied away.
delete from search_blocks;
