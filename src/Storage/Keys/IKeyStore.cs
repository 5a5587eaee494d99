namespace CustomerService.Storage.Keys;

/// <summary>Where signing keys (ASP.NET Core Data Protection's key ring, as XML) survive a restart and are shared by the
/// hosts of a cluster. Synchronous because the framework's contract is.</summary>
public interface IKeyStore
{
    /// <summary>All stored key elements.</summary>
    IReadOnlyList<string> All();

    /// <summary>Adds one under a name. Durable when it returns.</summary>
    void Add(string name, string xml);
}
