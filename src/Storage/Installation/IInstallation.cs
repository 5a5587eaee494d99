namespace CustomerService.Storage.Installation;

/// <summary>What all processes that use one database must agree on.</summary>
public interface IInstallation
{
    /// <summary>Writes the value where the name has none yet; answers the one that counts from now on, which is another
    /// process's where that came first. Durable when the task completes; a retry is safe.</summary>
    /// <param name="name">Such as <c>service-id</c>.</param>
    /// <param name="value">What this process would have it be; not empty.</param>
    Task<string> Agree(string name, string value, CancellationToken cancellationToken = default);

    /// <summary>What is stored under the name now; null where nothing is.</summary>
    Task<string?> Find(string name, CancellationToken cancellationToken = default);

    /// <summary>Puts a value in the place of the name's, or takes the name away where it is null. Of two writers the later
    /// one counts. Durable when the task completes; a retry is safe.</summary>
    Task Put(string name, string? value, CancellationToken cancellationToken = default);
}
