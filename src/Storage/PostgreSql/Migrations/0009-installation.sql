-- What all processes of an installation must agree on, written by whoever comes first.
create table installation (
    name text collate "C" primary key,
    value text not null
);

-- Changes that older programs can live with: each writes its file's name here. A program refuses a database with changes that it
-- neither knows nor finds here.
create table schema_expansions (
    script text primary key
);
insert into schema_expansions (script) values ('0009-installation.sql');
