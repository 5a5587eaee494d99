-- Orleans' contract for grain storage: it runs the texts of OrleansQuery and reads and writes by these column and
-- parameter names. Each text is a single atomic write here, where the published one opens a transaction of its own
-- that a busy file would leave open on a pooled connection.
create table OrleansQuery (
    QueryKey text primary key,
    QueryText text not null
);

create table OrleansStorage (
    GrainIdHash int not null,
    GrainIdN0 bigint not null,
    GrainIdN1 bigint not null,
    GrainTypeHash int not null,
    GrainTypeString nvarchar(512) not null,
    GrainIdExtensionString nvarchar(512) null,
    ServiceId nvarchar(150) not null,
    PayloadBinary blob null,
    ModifiedOn datetime not null,
    Version int null
);

create unique index OrleansStorage_Key on OrleansStorage (
    GrainIdHash, GrainTypeHash, GrainIdN0, GrainIdN1, GrainTypeString, ifnull(GrainIdExtensionString, ''), ServiceId);

insert into OrleansQuery (QueryKey, QueryText) values ('WriteToStorageKey', '
    insert into OrleansStorage (GrainIdHash, GrainIdN0, GrainIdN1, GrainTypeHash, GrainTypeString,
        GrainIdExtensionString, ServiceId, PayloadBinary, ModifiedOn, Version)
    select @GrainIdHash, @GrainIdN0, @GrainIdN1, @GrainTypeHash, @GrainTypeString,
        @GrainIdExtensionString, @ServiceId, @PayloadBinary, datetime(''now''), 1
    where @GrainStateVersion is null or exists (
        select 1 from OrleansStorage
        where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash
            and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1 and GrainTypeString = @GrainTypeString
            and ifnull(GrainIdExtensionString, '''') = ifnull(@GrainIdExtensionString, '''')
            and ServiceId = @ServiceId)
    on conflict (GrainIdHash, GrainTypeHash, GrainIdN0, GrainIdN1, GrainTypeString,
        ifnull(GrainIdExtensionString, ''''), ServiceId)
    do update set PayloadBinary = excluded.PayloadBinary, ModifiedOn = excluded.ModifiedOn, Version = Version + 1
    where Version = @GrainStateVersion
    returning Version as NewGrainStateVersion;

    select @GrainStateVersion as NewGrainStateVersion where changes() = 0 and @GrainStateVersion is not null;
');

insert into OrleansQuery (QueryKey, QueryText) values ('ReadFromStorageKey', '
    select PayloadBinary, Version as Version
    from OrleansStorage
    where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash
        and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1 and GrainTypeString = @GrainTypeString
        and ifnull(GrainIdExtensionString, '''') = ifnull(@GrainIdExtensionString, '''')
        and ServiceId = @ServiceId
    limit 1;
');

insert into OrleansQuery (QueryKey, QueryText) values ('ClearStorageKey', '
    update OrleansStorage set PayloadBinary = null, ModifiedOn = datetime(''now''), Version = Version + 1
    where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash
        and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1 and GrainTypeString = @GrainTypeString
        and ifnull(GrainIdExtensionString, '''') = ifnull(@GrainIdExtensionString, '''')
        and ServiceId = @ServiceId and Version = @GrainStateVersion
    returning Version as NewGrainStateVersion;

    select @GrainStateVersion as NewGrainStateVersion where changes() = 0 and @GrainStateVersion is not null;
');
