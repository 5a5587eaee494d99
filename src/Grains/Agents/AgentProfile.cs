using System.Collections.Immutable;
using CustomerService.Storage.Accounts;

namespace CustomerService.Grains.Agents;

/// <summary>The grain's copy of what the account says.</summary>
public sealed record AgentProfile(
    string Id, string Name, ImmutableArray<string> Queues, int Capacity, bool Disabled)
{
    /// <summary>Without an account nobody may serve.</summary>
    public static AgentProfile Unknown(string id) => new(id, "", [], 0, true);

    /// <summary>From the account's row; null where there is none.</summary>
    public static AgentProfile From(string id, Account? account) => account is null
        ? Unknown(id)
        : new AgentProfile(
            id, account.Name, [.. account.Queues.Order(StringComparer.Ordinal)], account.Capacity, account.Disabled);

    /// <summary>Whether both say the same: an immutable array compares by reference, so records don't do it.</summary>
    public bool Matches(AgentProfile other) =>
        Name == other.Name && Capacity == other.Capacity && Disabled == other.Disabled
        && Queues.SequenceEqual(other.Queues, StringComparer.Ordinal);
}
