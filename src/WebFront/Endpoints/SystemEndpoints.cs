using System.Collections.Immutable;
using CustomerService.Operations;
using CustomerService.Storage;

namespace CustomerService.WebFront.Endpoints;

/// <summary>What an installation consists of at this moment, for its administrators.</summary>
public static class SystemEndpoints
{
    private const int SilosMax = 100, FrontsMax = 100, TypesMax = 50, BusiestMax = 20;

    private static readonly TimeSpan s_answerMax = TimeSpan.FromSeconds(3);

    /// <summary>Maps <c>/api/v1/system</c>.</summary>
    public static void MapSystem(this IEndpointRouteBuilder api) =>
        api.MapGet("/system", Read).MayBeCalledBy(Access.Administrators)
            .WithSummary("Silos, fronts, grains and database").Produces<SystemAnswer>();

    private static async Task<IResult> Read(
        HttpContext context, IGrainFactory grains, StorageAbout about, TimeProvider clock)
    {
        context.Response.Headers.CacheControl = "no-store";
        var management = grains.GetGrain<IManagementGrain>(0);
        var facts = about.Read(context.RequestAborted);
        var members = management.GetDetailedHosts();
        var counts = management.GetSimpleGrainStatistics();
        var roster = grains.GetGrain<IRosterGrain>(0).All();
        try
        {
            await Task.WhenAll(facts, members, counts, roster).WaitAsync(s_answerMax, clock, context.RequestAborted);
        }
        catch (Exception e) when (e is TimeoutException or OrleansException)
        {
            return Problem.Of(Refusal.Unavailable);
        }
        return Results.Ok(Answer(clock.GetUtcNow(), await facts, await members, await counts, await roster));
    }

    private static SystemAnswer Answer(
        DateTimeOffset at, StorageFacts facts, MembershipEntry[] members, SimpleGrainStatistic[] counts,
        ImmutableArray<ProcessReport> roster)
    {
        var bySilo = counts.ToLookup(one => one.SiloAddress.ToParsableString());
        var reports = roster.Where(one => one.Kind != ProcessKind.Front)
            .GroupBy(one => one.Address).ToDictionary(one => one.Key, one => one.Last());
        var silos = members
            // Those that are gone stay in the table: the latest of them say what happened.
            .OrderBy(one => one.Status == SiloStatus.Dead).ThenByDescending(one => one.StartTime).Take(SilosMax)
            .Select(one =>
            {
                var address = one.SiloAddress.ToParsableString();
                var report = reports.GetValueOrDefault(address);
                return new SiloLine(
                    address, one.Status.ToString().ToLowerInvariant(), report?.Version,
                    new DateTimeOffset(DateTime.SpecifyKind(one.StartTime, DateTimeKind.Utc)),
                    bySilo[address].Sum(type => type.ActivationCount), report?.CpuPermille / 10d, report?.MemoryBytes);
            });
        var fronts = roster.Where(one => one.Kind != ProcessKind.Silo).Take(FrontsMax).Select(one => new FrontLine(
            one.Address, one.Version, one.StartedAt, one.Visitors, one.Agents, one.CpuPermille / 10d, one.MemoryBytes));
        var types = counts.GroupBy(one => one.GrainType)
            .Select(one => new GrainTypeLine(ShortName(one.Key), one.Sum(type => type.ActivationCount)))
            .OrderByDescending(one => one.Activations).ThenBy(one => one.Type, StringComparer.Ordinal).Take(TypesMax);
        var busiest = roster.SelectMany(one => one.Busiest)
            .GroupBy(one => one.Stream).Select(one => new BusyLine(one.Key, one.Sum(stream => stream.PerMinute)))
            .OrderByDescending(one => one.PerMinute).ThenBy(one => one.Stream, StringComparer.Ordinal).Take(BusiestMax);
        return new SystemAnswer(at, facts, [.. silos], [.. fronts], [.. types], [.. busiest]);
    }

    /// <summary>The class without namespace and assembly.</summary>
    private static string ShortName(string type)
    {
        var name = type.Split(',')[0];
        return name[(name.LastIndexOf('.') + 1)..];
    }

    /// <summary>The whole answer.</summary>
    /// <param name="At">When it was put together.</param>
    /// <param name="Database">What stores.</param>
    /// <param name="Silos">The membership table's, active ones first; 100 at most.</param>
    /// <param name="Fronts">Processes that people are connected to, as they report; 100 at most.</param>
    /// <param name="GrainTypes">Grains in memory by class; 50 at most.</param>
    /// <param name="Busiest">Streams most was stored for in a minute, estimated from a sample; 20 at most.</param>
    public sealed record SystemAnswer(
        DateTimeOffset At, StorageFacts Database, IReadOnlyList<SiloLine> Silos, IReadOnlyList<FrontLine> Fronts,
        IReadOnlyList<GrainTypeLine> GrainTypes, IReadOnlyList<BusyLine> Busiest);

    /// <summary>A silo. Version, CPU (percent of one core) and memory are missing until it has reported.</summary>
    public sealed record SiloLine(
        string Address, string Status, string? Version, DateTimeOffset Since, int Activations, double? CpuPercent,
        long? MemoryBytes);

    /// <summary>A process with connections.</summary>
    public sealed record FrontLine(
        string Address, string Version, DateTimeOffset Since, int Visitors, int Agents, double CpuPercent, long MemoryBytes);

    /// <summary>Grains of one class.</summary>
    public sealed record GrainTypeLine(string Type, int Activations);

    /// <summary>A stream that is written to often.</summary>
    public sealed record BusyLine(string Stream, int PerMinute);
}
