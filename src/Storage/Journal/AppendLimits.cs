namespace CustomerService.Storage.Journal;

/// <summary>The limits that the doc comments of <see cref="Journal.Append"/> name, checked before anything waits: one
/// oversized append must not weigh on the others of its batch.</summary>
internal static class AppendLimits
{
    public const int StreamLengthMax = 160;
    public const int EventsMax = 64;
    public const int DataBytesMax = 64 << 10;
    public const int ErasuresMax = 256;
    public const int DiscardedMax = 64;
    public const int EffectIdLengthMax = 200;
    public const int EffectPayloadBytesMax = 8 << 10;

    public static void Check(Append append)
    {
        Must(append.Stream.Length is > 0 and <= StreamLengthMax, "A stream's name has 1 to 160 characters.");
        Must(append.ExpectedVersion >= 0, "An expected version is 0 or more.");
        Must(!append.Events.IsDefault && append.Events.Length is > 0 and <= EventsMax,
            "An append has 1 to 64 events.");
        // PostgreSQL stores no NUL in text.
        Must(!append.Stream.Contains('\0'), "A stream's name has no NUL.");
        foreach (var fact in append.Events)
        {
            Must(fact.Data.Length <= DataBytesMax, "An event has 64 KiB of data at most.");
            Must((fact.Author is null) == (fact.ClientId is null), "Author and client id are set together.");
        }
        Must(append.Erased.Length <= ErasuresMax, "An append erases 256 events at most.");
        foreach (var erasure in append.Erased)
        {
            Must(erasure.Version >= 1 && erasure.Version <= append.ExpectedVersion, "Only an earlier event is erased.");
            Must(erasure.Data.Length <= DataBytesMax, "An event has 64 KiB of data at most.");
        }
        Must(append.Discarded.Length <= DiscardedMax, "An append discards 64 uploads at most.");
        foreach (var effect in append.Owed)
        {
            Must(effect.Id.Length is > 0 and <= EffectIdLengthMax, "An effect's id has 1 to 200 characters.");
            Must(effect.Payload.Length <= EffectPayloadBytesMax, "An effect has 8 KiB of payload at most.");
        }
    }

    private static void Must(bool holds, string rule)
    {
        if (!holds)
            throw new ArgumentException(rule);
    }
}
