using System.Collections.Immutable;

namespace CustomerService.Operations;

/// <summary>
/// The processes of the installation, as they report themselves. Key: 0. Kept in memory only: when its silo goes, the next
/// activation knows everyone again after one round of reports (<see cref="ReportEvery"/>). For people to look at; nothing
/// is decided by it.
/// </summary>
[Alias("roster")]
public interface IRosterGrain : IGrainWithIntegerKey
{
    /// <summary>How often a process reports.</summary>
    static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(5);

    /// <summary>A process that has not reported for so long is not shown: it missed three reports.</summary>
    static readonly TimeSpan ForgottenAfter = TimeSpan.FromSeconds(16);

    /// <summary>Says how a process stands, in place of what it said before. Safe to repeat; never refuses. Over 500
    /// processes the report is left out.</summary>
    [Alias("report")]
    Task Report(ProcessReport report);

    /// <summary>A process stops. Safe to repeat.</summary>
    [Alias("leave")]
    Task Leave(string id);

    /// <summary>Who has reported of late, ordered by id.</summary>
    [Alias("all")]
    Task<ImmutableArray<ProcessReport>> All();
}

/// <summary>What a process is.</summary>
public enum ProcessKind
{
    /// <summary>Web front and silo in one.</summary>
    Single = 1,

    /// <summary>A silo without a web front.</summary>
    Silo = 2,

    /// <summary>A web front that is a client of silos.</summary>
    Front = 3,
}

/// <summary>How one process stands.</summary>
/// <param name="Id">New at each start.</param>
/// <param name="Address">A silo's address as in the membership table; of a front its machine and process id.</param>
/// <param name="Version">The product's version.</param>
/// <param name="StartedAt">When it started, by its own clock.</param>
/// <param name="Visitors">Open connections of visitors.</param>
/// <param name="Agents">Open connections of agents.</param>
/// <param name="CpuPermille">Processor time since the report before, of one core; 2,000 is two cores.</param>
/// <param name="MemoryBytes">Working set.</param>
/// <param name="Busiest">Streams it has stored most for in the last minute, ten at most, the busiest first.</param>
[GenerateSerializer, Immutable, Alias("process-report")]
public sealed record ProcessReport(
    [property: Id(0)] string Id,
    [property: Id(1)] ProcessKind Kind,
    [property: Id(2)] string Address,
    [property: Id(3)] string Version,
    [property: Id(4)] DateTimeOffset StartedAt,
    [property: Id(5)] int Visitors,
    [property: Id(6)] int Agents,
    [property: Id(7)] int CpuPermille,
    [property: Id(8)] long MemoryBytes,
    [property: Id(9)] ImmutableArray<BusyStream> Busiest);

/// <summary>A stream and how much was stored for it.</summary>
/// <param name="Stream">Such as <c>conversation/ID</c>.</param>
/// <param name="PerMinute">Appends, from a sample of them: an estimate.</param>
[GenerateSerializer, Immutable, Alias("busy-stream")]
public sealed record BusyStream([property: Id(0)] string Stream, [property: Id(1)] int PerMinute);
