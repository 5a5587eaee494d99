-- Tags, each between two line breaks, and the end of a snooze, for lists and filters. The truth is the journal.
alter table conversations add column tags text not null default '';
alter table conversations add column snoozed_until integer;
