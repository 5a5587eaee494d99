using System.Collections.Immutable;
using System.Globalization;
using CustomerService.Conversations;
using CustomerService.Grains.Conversations;
using CustomerService.Grains.Effects;
using CustomerService.Storage.Catalogue;
using CustomerService.Visitors;

namespace CustomerService.Grains.Visitors;

/// <summary>What a change of a visitor's card comes to: a fact, a refusal, or neither where it is so already.</summary>
public sealed record CardDecision(VisitorEvent? Fact, Refusal? Refusal)
{
    /// <summary>It is already so.</summary>
    public static CardDecision NothingToDo { get; } = new(null, null);

    internal static CardDecision Refuse(RefusalCode code, string message) => new(null, new Refusal(code, message));
}

/// <summary>What agents do to a visitor's card. Pure.</summary>
public static class CardRules
{
    /// <summary>Blocks or unblocks.</summary>
    /// <param name="now">The visitor.</param>
    /// <param name="by">The agent.</param>
    /// <param name="line">The conversation where it does so.</param>
    /// <param name="blocked">Which.</param>
    /// <param name="reason">For agents' eyes.</param>
    /// <param name="at">Now.</param>
    public static CardDecision Block(
        Visitor now, Actor by, ConversationView line, bool blocked, string? reason, DateTimeOffset at)
    {
        if (by.Kind != ActorKind.Agent || !(by.IsSupervisor || line.Agent?.Id == by.Id))
            return CardDecision.Refuse(RefusalCode.Forbidden, "Only who holds the conversation, or a supervisor, may.");
        if (reason?.Length > Limits.ReasonLengthMax)
            return CardDecision.Refuse(RefusalCode.TooLong, $"A reason has {Limits.ReasonLengthMax} characters at most.");
        if (now.IsBlocked == blocked)
            return CardDecision.NothingToDo;
        return new CardDecision(
            blocked
                ? new VisitorBlocked(Party.Of(by), line.ConversationId, string.IsNullOrWhiteSpace(reason) ? null : reason) { At = at }
                : new VisitorUnblocked(Party.Of(by), line.ConversationId) { At = at },
            null);
    }

    /// <summary>Who must learn of a block: where it was decided, and the one that is open.</summary>
    /// <param name="before">The visitor before the fact.</param>
    /// <param name="fact">A block or its end; anything else owes nothing.</param>
    public static ImmutableArray<Effect> Owed(Visitor before, VisitorEvent fact)
    {
        var (by, where, reason) = fact switch
        {
            VisitorBlocked e => (e.By, e.ConversationId, e.Reason),
            VisitorUnblocked e => (e.By, e.ConversationId, null),
            _ => (null, "", null),
        };
        if (by is null)
            return [];
        var command = new HearBlock(
            Actor.System, null, fact is VisitorBlocked, new AgentRef(by.Id, by.Name), reason, before.Version + 1);
        return before.OpenId is { } open && open != where
            ? [Effect.TellBlock(where, command), Effect.TellBlock(open, command)]
            : [Effect.TellBlock(where, command)];
    }

    /// <summary>Sets values.</summary>
    /// <param name="now">The visitor.</param>
    /// <param name="by">The agent.</param>
    /// <param name="known">The site's fields.</param>
    /// <param name="revision">The one that the agent saw.</param>
    /// <param name="values">What is to change.</param>
    /// <param name="at">Now.</param>
    public static CardDecision SetFields(
        Visitor now, Actor by, ImmutableArray<CustomerField> known, long revision,
        ImmutableDictionary<string, string> values, DateTimeOffset at)
    {
        if (by.Kind != ActorKind.Agent)
            return CardDecision.Refuse(RefusalCode.Forbidden, "This role may not.");
        if (values.Count is 0 or > Limits.CustomerFieldsMax)
            return CardDecision.Refuse(RefusalCode.Invalid, $"A change has 1 to {Limits.CustomerFieldsMax} values.");
        foreach (var (key, value) in values)
        {
            if (known.FirstOrDefault(field => field.Key == key) is not { } field)
                return CardDecision.Refuse(RefusalCode.Invalid, "The site has no such field.");
            if (Wrong(field, value) is { } wrong)
                return new CardDecision(null, wrong);
        }
        if (revision != now.FieldsRevision)
            return CardDecision.Refuse(RefusalCode.Conflict, "Somebody else has changed the fields meanwhile.");
        var changed = values.Where(pair => pair.Value != ValueOf(now, pair.Key)).ToImmutableDictionary();
        return changed.IsEmpty
            ? CardDecision.NothingToDo
            : new CardDecision(new VisitorFieldsSet(Party.Of(by), changed) { At = at }, null);
    }

    /// <summary>The trail after one more page: the same page again only renews it.</summary>
    public static ImmutableArray<PageView> Walked(ImmutableArray<PageView> pages, PageView page)
    {
        var before = pages is [.., { } last] && last.Url == page.Url ? pages.RemoveAt(pages.Length - 1) : pages;
        return [.. before.TakeLast(Limits.PagesMax - 1), page];
    }

    /// <summary>Why that is no value of the field; an empty one always is: it takes the value away.</summary>
    private static Refusal? Wrong(CustomerField field, string value)
    {
        if (value.Length == 0)
            return null;
        if (value.Length > Limits.CustomerValueLengthMax)
            return new Refusal(RefusalCode.TooLong, $"A value has {Limits.CustomerValueLengthMax} characters at most.");
        var isWell = field.Kind switch
        {
            "number" => decimal.TryParse(value, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture, out var number) && number >= (field.Min ?? number) && number <= (field.Max ?? number),
            "choice" => field.Options.Contains(value),
            _ => !value.Any(char.IsControl) && value.Length <= (field.Max ?? Limits.CustomerValueLengthMax),
        };
        return isWell ? null : new Refusal(RefusalCode.Invalid, $"That is no value of {field.Key}.");
    }

    private static string ValueOf(Visitor now, string key) =>
        now.Fields.FirstOrDefault(field => field.Key == key)?.Value ?? "";
}
