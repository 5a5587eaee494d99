using System.Data.Common;
using CustomerService.Storage.Journal;

namespace CustomerService.Grains.Streams;

/// <summary>Which exceptions mean "the database or another silo is out of reach or busy": answered with a refusal, never
/// thrown at a caller. Everything else is a fault of the program and stays loud.</summary>
public static class StorageFailures
{
    /// <summary>Whether to answer <see cref="Refusal.Unavailable"/>.</summary>
    public static bool IsKnown(Exception error) => error is
        JournalUnavailableException or JournalOverloadedException or AppendOutcomeUnknownException
        or DbException or TimeoutException or IOException or OrleansException or OperationCanceledException;
}
