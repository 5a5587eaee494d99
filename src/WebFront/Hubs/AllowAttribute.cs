using CustomerService.Conversations;

namespace CustomerService.WebFront.Hubs;

/// <summary>States who may call a hub method. A method without it can't be called by anybody.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AllowAttribute(Audience audience) : Attribute
{
    /// <summary>Visitors, or agents of every role; what a role may do to which conversation its grain decides.</summary>
    public Audience Audience => audience;
}
