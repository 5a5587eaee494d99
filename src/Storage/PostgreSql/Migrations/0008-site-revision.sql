-- Two administrators who edit a site at a time are told: the second one's revision is an older one.
alter table sites add column revision bigint not null default 0;
