using System.Collections.Immutable;

namespace CustomerService.Visitors;

/// <summary>What agents know of a visitor beside its conversations.</summary>
/// <param name="Blocked">Whether it may write.</param>
/// <param name="Fields">Values of the site's custom fields, by key; those without a value are left out.</param>
/// <param name="Revision">Rises with each change of the fields: sent back with the next one.</param>
/// <param name="Pages">Pages it looked at, the last one last, 20 at most. Soft: lost with the process that knew them.
/// </param>
[GenerateSerializer, Immutable, Alias("visitor.card")]
public sealed record VisitorCard(
    [property: Id(0)] bool Blocked,
    [property: Id(1)] ImmutableDictionary<string, string> Fields,
    [property: Id(2)] long Revision,
    [property: Id(3)] ImmutableArray<PageView> Pages);

/// <summary>A page that a visitor looked at.</summary>
/// <param name="Url">Its address without query and fragment, which may hold secrets; 500 UTF-16 units at most.</param>
/// <param name="Title">Its title, 200 UTF-16 units at most.</param>
/// <param name="At">When.</param>
[GenerateSerializer, Immutable, Alias("visitor.page-view")]
public sealed record PageView(
    [property: Id(0)] string Url, [property: Id(1)] string Title, [property: Id(2)] DateTimeOffset At);

/// <summary>The answer to a change of a card.</summary>
/// <param name="Refusal">Null where it was done, now or before.</param>
/// <param name="Card">The card as it stands; null where the caller may not see it.</param>
[GenerateSerializer, Immutable, Alias("visitor.card-receipt")]
public sealed record CardReceipt([property: Id(0)] Refusal? Refusal, [property: Id(1)] VisitorCard? Card);
