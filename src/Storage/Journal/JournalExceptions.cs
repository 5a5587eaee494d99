namespace CustomerService.Storage.Journal;

/// <summary>Another owner wrote this version, or the expected one does not exist. Nothing was stored.</summary>
public sealed class StreamConflictException(string stream, long expectedVersion)
    : Exception($"Stream {stream} is not at version {expectedVersion}.")
{
    /// <summary>The stream that was to be written.</summary>
    public string Stream { get; } = stream;
}

/// <summary>The (author, client id) is already stored in this stream. Nothing was stored.</summary>
public sealed class DuplicateClientIdException(string stream)
    : Exception($"Stream {stream} already has an event under that client id.")
{
    /// <summary>The stream that was to be written.</summary>
    public string Stream { get; } = stream;
}

/// <summary>The writer's channel is full. Nothing was stored; the caller's state is still right.</summary>
public sealed class JournalOverloadedException() : Exception("The journal's writer is full.");

/// <summary>The database can't be reached; nothing was stored.</summary>
public sealed class JournalUnavailableException(Exception? inner = null)
    : Exception("The database is out of reach.", inner);

/// <summary>The database went away while committing: the write may be stored, or may yet be.</summary>
public sealed class AppendOutcomeUnknownException(Exception? inner = null)
    : Exception("It is unknown whether the write was stored.", inner);
