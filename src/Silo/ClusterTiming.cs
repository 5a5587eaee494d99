using Orleans.Configuration;

namespace CustomerService.Hosting;

/// <summary>
/// Orleans' membership, tuned for people who wait for an answer: conversations of a killed silo answer again within
/// five seconds. What keeps a slow silo from being taken for a dead one: three probes in a row have to fail, the last
/// of them sent by way of another silo; a silo that is slow itself waits longer for the others; and nobody votes against
/// a silo of which any message came within the last <see cref="ProbeMax"/> x <see cref="MissedProbesMax"/>. Figures are
/// in docs/operating.md.
/// </summary>
public static class ClusterTiming
{
    /// <summary>A probe's first timeout and about the time between two; Orleans adapts both to what it measures.</summary>
    public static readonly TimeSpan Probe = TimeSpan.FromSeconds(1);

    /// <summary>The shortest that adapting may make them: calm silos find a dead one in two seconds.</summary>
    public static readonly TimeSpan ProbeMin = TimeSpan.FromMilliseconds(700);

    /// <summary>The longest: three of them have to fit into the five seconds, with the time to move grains.</summary>
    public static readonly TimeSpan ProbeMax = TimeSpan.FromMilliseconds(1_300);

    /// <summary>Probes in a row that fail before a silo is voted against.</summary>
    public const int MissedProbesMax = 3;

    /// <summary>Reading the table again, for what no gossip told: how long a silo that was declared dead while it was frozen
    /// may not know of it. Its writes are refused all the while.</summary>
    private static readonly TimeSpan s_tableRefresh = TimeSpan.FromSeconds(3);

    /// <summary>Votes older than that do not add up: two bad moments of different minutes are no death.</summary>
    private static readonly TimeSpan s_voteAgeMax = TimeSpan.FromSeconds(20);

    /// <summary>Three of them missed, and those who start after everything was killed no longer wait for the dead. Clocks
    /// of the machines have to agree much better than that.</summary>
    private static readonly TimeSpan s_aliveEvery = TimeSpan.FromSeconds(5);

    /// <summary>A front whose connection to one silo broke is reached by way of another after that time.</summary>
    private static readonly TimeSpan s_clientDrop = TimeSpan.FromSeconds(10);

    /// <summary>How soon a front learns of a new silo, and of one that was declared dead because nothing comes from it; of
    /// one that was killed it learns at once, by its connection.</summary>
    private static readonly TimeSpan s_gatewaysEvery = TimeSpan.FromSeconds(1);

    /// <summary>A machine that does not answer at all must not hold up calls that have another way.</summary>
    private static readonly TimeSpan s_connectMax = TimeSpan.FromSeconds(2);

    /// <summary>How long one that can't reach every living silo tries to join.</summary>
    private static readonly TimeSpan s_joinMax = TimeSpan.FromMinutes(1);

    internal static void Apply(ISiloBuilder silo)
    {
        silo.Configure<ClusterMembershipOptions>(o =>
        {
            o.ProbeTimeout = Probe;
            o.MinProbeTimeout = ProbeMin;
            o.MaxProbeTimeout = ProbeMax;
            o.NumMissedProbesLimit = MissedProbesMax;
            o.NumVotesForDeathDeclaration = 2;
            o.TableRefreshTimeout = s_tableRefresh;
            o.DeathVoteExpirationTimeout = s_voteAgeMax;
            o.IAmAliveTablePublishTimeout = s_aliveEvery;
            o.NumMissedTableIAmAliveLimit = 3;
            o.MaxJoinAttemptTime = s_joinMax;
        });
        silo.Configure<SiloMessagingOptions>(o => o.ClientDropTimeout = s_clientDrop);
        silo.Configure<ConnectionOptions>(o => o.OpenConnectionTimeout = s_connectMax);
    }

    internal static void Apply(IClientBuilder client)
    {
        client.Configure<GatewayOptions>(o => o.GatewayListRefreshPeriod = s_gatewaysEvery);
        client.Configure<ConnectionOptions>(o => o.OpenConnectionTimeout = s_connectMax);
    }
}
