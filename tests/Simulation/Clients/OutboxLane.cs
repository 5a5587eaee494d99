namespace CustomerService.Simulation.Clients;

/// <summary>What is sent and not acknowledged: the twin of the web client's <c>outbox.ts</c>, checked against the same
/// vectors. One item in flight at a time.</summary>
internal sealed class OutboxLane
{
    private const int LaneLimit = 100, FailedLimit = 20;

    public List<OutboxItem> Items { get; } = [];
    public List<(OutboxItem Item, RefusalCode Code)> Failed { get; private set; } = [];
    public string? InFlight { get; private set; }
    public bool Ready { get; private set; }
    public bool Waiting { get; private set; }
    public int Attempts { get; private set; }

    public List<LaneEffect> Enqueue(OutboxItem item)
    {
        if (Items.Exists(known => known.Id == item.Id))
            return [];
        if (Items.Count >= LaneLimit)
        {
            var effects = new List<LaneEffect>();
            Fail(item, RefusalCode.Overloaded, effects);
            return effects;
        }
        Items.Add(item);
        return Pump([new LaneSave()]);
    }

    public List<LaneEffect> Adopt(IEnumerable<OutboxItem> items, IEnumerable<(OutboxItem, RefusalCode)> failed)
    {
        var known = Items.Select(item => item.Id).ToHashSet(StringComparer.Ordinal);
        Items.InsertRange(InFlight is null ? 0 : 1, items.Where(item => !known.Contains(item.Id)));
        Failed = [.. failed.Concat(Failed).TakeLast(FailedLimit)];
        return Pump([new LaneSave()]);
    }

    public List<LaneEffect> BeReady()
    {
        (Ready, Waiting) = (true, false);
        return Pump([]);
    }

    public void Disconnect() => (Ready, InFlight, Waiting) = (false, null, false);

    public List<LaneEffect> Acked(string id, string? conversationId)
    {
        var index = Items.FindIndex(item => item.Id == id);
        // Refused, and there after all: an earlier call with it had been held up on its way.
        if (index < 0)
            return Failed.Exists(entry => entry.Item.Id == id) ? Dismiss(id) : [];
        var isStart = Items[index].Kind == "start";
        Items.RemoveAt(index);
        if (isStart && conversationId is not null)
        {
            // What was written behind the start belongs to the conversation that it began, up to the next start.
            for (var i = index; i < Items.Count && Items[i].Kind != "start"; i++)
                Items[i] = Items[i] with { ConversationId = Items[i].ConversationId ?? conversationId };
        }
        InFlight = InFlight == id ? null : InFlight;
        (Attempts, Waiting) = (0, false);
        return Pump([new LaneSave()]);
    }

    public List<LaneEffect> Refused(string id, RefusalCode code, int? retryAfterMs)
    {
        var index = Items.FindIndex(item => item.Id == id);
        if (index < 0)
            return [];
        InFlight = InFlight == id ? null : InFlight;
        if (code is RefusalCode.RateLimited or RefusalCode.Overloaded or RefusalCode.Unavailable)
        {
            Waiting = true;
            return [new LaneWait(Attempts++, retryAfterMs ?? 0)];
        }
        var gone = new List<OutboxItem> { Items[index] };
        if (Items[index].Kind == "start")
        {
            // No conversation came of it, so what was written behind it has nowhere to go.
            gone.AddRange(Items.Skip(index + 1).TakeWhile(item => item.Kind != "start")
                .Where(item => item.ConversationId is null));
        }
        Items.RemoveAll(gone.Contains);
        Attempts = 0;
        var effects = new List<LaneEffect>();
        foreach (var item in gone)
            Fail(item, code, effects);
        effects.Add(new LaneSave());
        return Pump(effects);
    }

    public List<LaneEffect> TimedOut(string id)
    {
        if (InFlight != id)
            return [];
        (InFlight, Ready) = (null, false);
        return [new LaneReconnect()];
    }

    public List<LaneEffect> Waited()
    {
        Waiting = false;
        return Pump([]);
    }

    public List<LaneEffect> Dismiss(string id)
    {
        Failed.RemoveAll(entry => entry.Item.Id == id);
        return [new LaneSave()];
    }

    private void Fail(OutboxItem item, RefusalCode code, List<LaneEffect> effects)
    {
        effects.Add(new LaneFailed(item, code));
        Failed = [.. Failed.Append((item, code)).TakeLast(FailedLimit)];
    }

    private List<LaneEffect> Pump(List<LaneEffect> effects)
    {
        if (!Ready || Waiting || InFlight is not null || Items.Count == 0)
            return effects;
        InFlight = Items[0].Id;
        effects.Add(new LaneSend(Items[0]));
        return effects;
    }
}

/// <summary>An item keeps its id until it is acknowledged or refused for good.</summary>
internal sealed record OutboxItem(string Id, string Kind, string? ConversationId, string? ClientId, string Text);

/// <summary>What a client does about its outbox.</summary>
internal abstract record LaneEffect;
internal sealed record LaneSend(OutboxItem Item) : LaneEffect;
internal sealed record LaneWait(int Attempt, int RetryAfterMs) : LaneEffect;
internal sealed record LaneReconnect : LaneEffect;
internal sealed record LaneFailed(OutboxItem Item, RefusalCode Code) : LaneEffect;
internal sealed record LaneSave : LaneEffect;
