using CustomerService.Feed;

namespace CustomerService.Grains.Feed;

/// <summary>The way from grains to fronts. Fire and forget: never throws, never makes a grain wait; what is lost is healed
/// by sequence and heads.</summary>
public interface IFeed
{
    /// <summary>Sends one envelope to one front.</summary>
    void Send(string frontId, FeedEnvelope envelope);
}
