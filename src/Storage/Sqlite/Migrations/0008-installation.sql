-- What all starts of an installation must agree on, written by whoever comes first.
create table installation (
    name text primary key,
    value text not null
) without rowid;

-- Changes that older programs can live with: each writes its file's name here. A program refuses a database with changes that it
-- neither knows nor finds here.
create table schema_expansions (
    script text primary key
) without rowid;
insert into schema_expansions (script) values ('0008-installation.sql');
