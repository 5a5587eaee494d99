using System.ComponentModel.DataAnnotations;

namespace CustomerService.WebFront.Feed;

/// <summary>Section <c>Feed</c>: how this front keeps its clients up to date.</summary>
public sealed class FeedOptions
{
    /// <summary>How often each connection is told the heads of its conversations. Seconds, 30, from 1 to 300; the
    /// protocol's figure.</summary>
    [Range(1, 300)]
    public double HeadsSeconds { get; set; } = 30;

    /// <summary>How often this front sends itself a probe. Seconds, 3, from 0.1 to 60.</summary>
    [Range(0.1, 60)]
    public double ProbeSeconds { get; set; } = 3;

    /// <summary>Silence, probes included, after which it watches all conversations again. Seconds, 10, from 0.2 to 300; several probes,
    /// so that one lost probe is no alarm.</summary>
    [Range(0.2, 300)]
    public double SilenceSecondsMax { get; set; } = 10;

    /// <summary>How often the list of silos is read, to register again with grains that moved. Seconds, 5, from 0.5 to
    /// 300.</summary>
    [Range(0.5, 300)]
    public double SilosSeconds { get; set; } = 5;

    /// <summary>Registering again with many grains is spread over this time. Seconds, 3, from 0 to 60.</summary>
    [Range(0, 60)]
    public double RewatchSpreadSeconds { get; set; } = 3;

    /// <summary>How long a conversation is still watched after its last connection went: a reload of the page comes back
    /// within that. Seconds, 10, from 0 to 600.</summary>
    [Range(0, 600)]
    public double UnwatchDelaySeconds { get; set; } = 10;

    /// <summary>How often waiting visitors' places are asked of their queues. Seconds, 2.5, from 0.2 to 60.</summary>
    [Range(0.2, 60)]
    public double PositionsSeconds { get; set; } = 2.5;

    /// <summary>How often agents that watch lists are told what changed. Seconds, 1, from 0.1 to 60. Seldomer by itself where
    /// looking takes long: a twentieth of the time at most is spent on it.</summary>
    [Range(0.1, 60)]
    public double ListsSeconds { get; set; } = 1;

    /// <summary>How often connected agents' presence is renewed. Seconds, 5, from 0.2 to 30.</summary>
    [Range(0.2, 30)]
    public double ArriveSeconds { get; set; } = 5;

    /// <summary>How long a renewal counts. Seconds, 15, from 1 to 120; three renewals.</summary>
    [Range(1, 120)]
    public double LeaseSeconds { get; set; } = 15;

    /// <summary>Most conversations one connection may subscribe to. 200, from 1 to 10,000: several screens of a
    /// supervisor.</summary>
    [Range(1, 10_000)]
    public int SubscriptionsPerConnectionMax { get; set; } = 200;

    /// <summary>Most messages that wait for a slow connection before it is dropped. 1,000, from 1 to 100,000.</summary>
    [Range(1, 100_000)]
    public int OutboundMessagesMax { get; set; } = 1_000;

    /// <summary>Most bytes that wait for a slow connection before it is dropped. 1,048,576, from 1,024 to 67,108,864.
    /// Bytes that several connections wait for count at each and exist once.</summary>
    [Range(1_024, 67_108_864)]
    public int OutboundBytesMax { get; set; } = 1_048_576;

    /// <summary>How long one write may hang before the connection is dropped. Seconds, 10, from 0.2 to 300.</summary>
    [Range(0.2, 300)]
    public double WriteSecondsMax { get; set; } = 10;
}
