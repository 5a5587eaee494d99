using System.ComponentModel.DataAnnotations;

namespace CustomerService.WebFront.RateLimits;

/// <summary>Section <c>Limits</c>: how much one connection, one person and one address may ask of this front. Each front
/// counts for itself. A load test from one machine raises the figures of address and connection.</summary>
public sealed class LimitOptions
{
    /// <summary>Calls a second, lasting, of one connection. 20, from 0.01 to 1,000,000: nobody types faster, and a
    /// client that resends its outbox sends one at a time.</summary>
    [Range(0.01, 1_000_000)]
    public double CallsPerSecondPerConnection { get; set; } = 20;

    /// <summary>Calls at once of one connection. 60, from 1 to 10,000,000: what a console asks when it reconnects.</summary>
    [Range(1, 10_000_000)]
    public int CallsBurstPerConnection { get; set; } = 60;

    /// <summary>Calls a second, lasting, of one visitor or agent over all its connections. 40, from 0.01 to
    /// 1,000,000.</summary>
    [Range(0.01, 1_000_000)]
    public double CallsPerSecondPerCaller { get; set; } = 40;

    /// <summary>Calls at once of one visitor or agent. 120, from 1 to 10,000,000.</summary>
    [Range(1, 10_000_000)]
    public int CallsBurstPerCaller { get; set; } = 120;

    /// <summary>Calls a second, lasting, of one remote address. 400, from 0.01 to 10,000,000: an office behind one
    /// address.</summary>
    [Range(0.01, 10_000_000)]
    public double CallsPerSecondPerAddress { get; set; } = 400;

    /// <summary>Calls at once of one remote address. 1,200, from 1 to 10,000,000.</summary>
    [Range(1, 10_000_000)]
    public int CallsBurstPerAddress { get; set; } = 1_200;

    /// <summary>New connections a second, lasting, of one remote address. 50, from 0.01 to 1,000,000.</summary>
    [Range(0.01, 1_000_000)]
    public double ConnectsPerSecondPerAddress { get; set; } = 50;

    /// <summary>New connections at once of one remote address. 200, from 1 to 10,000,000.</summary>
    [Range(1, 10_000_000)]
    public int ConnectsBurstPerAddress { get; set; } = 200;

    /// <summary>Open connections of one remote address. 500, from 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int ConnectionsPerAddressMax { get; set; } = 500;

    /// <summary>Open connections of one visitor or agent: its tabs. 20, from 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int ConnectionsPerCallerMax { get; set; } = 20;

    /// <summary>Callers and addresses counted at a time; who comes on top shares one count. 100,000, from 10 to
    /// 10,000,000; an entry takes about 500 bytes.</summary>
    [Range(10, 10_000_000)]
    public int EntriesMax { get; set; } = 100_000;

    /// <summary>An entry without connections is forgotten after this time without a call. Seconds, 60, from 1 to 3,600;
    /// a bucket must have had time to fill.</summary>
    [Range(1, 3_600)]
    public double EntryIdleSeconds { get; set; } = 60;
}
