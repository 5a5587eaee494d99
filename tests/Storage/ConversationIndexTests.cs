using CustomerService.Storage.Conversations;
using CustomerService.Support;
using Xunit;

namespace CustomerService.Storage.Tests;

public sealed class SqliteConversationIndexTests(SqliteFixture fixture)
    : ConversationIndexTests(fixture), IClassFixture<SqliteFixture>;

[Trait("Category", "Postgres")]
public sealed class PostgreSqlConversationIndexTests(PostgreSqlFixture fixture)
    : ConversationIndexTests(fixture), IClassFixture<PostgreSqlFixture>;

/// <summary>Lists, the waiting order, and what is written a second late.</summary>
public abstract class ConversationIndexTests(DatabaseFixture fixture)
{
    private IConversationIndex Index => fixture.Storage.Conversations;

    [Fact]
    public async Task A_row_is_read_back_as_it_was()
    {
        var id = Given.Id();
        var row = Given.Row(id) with
        {
            VisitorName = "王小明",
            State = "offered",
            AgentId = "a1",
            ReservationId = "r1",
            Priority = -3,
            SkippedAgentId = "a2",
            ClosedAt = Given.Noon.AddHours(1),
            Rating = 5,
            Activity = new(1, 1, Given.Noon.AddMinutes(1), "你好", "visitor:v1", 1),
        };
        await Store(row);
        Assert.Equal(row, await Index.Find(id));
        Assert.Null(await Index.Find(Given.Id()));
    }

    [Fact]
    public async Task A_row_keeps_its_activity_when_an_append_brings_none_and_its_newer_columns()
    {
        var id = Given.Id();
        await Store(Given.Row(id) with { Activity = new(1, 1, Given.Noon, "first", "visitor:v1", 1) });
        await Store(Given.Row(id, version: 2, state: "closed"), after: 1);
        // A late row of a lower version changes nothing.
        await Store(Given.Row(id, version: 1, state: "assigned"), after: 2);
        var row = (await Index.Find(id))!;
        Assert.Equal(("closed", 2L, "first"), (row.State, row.Version, row.Activity.Preview));
    }

    [Fact]
    public async Task The_waiting_order_is_priority_then_time_then_id()
    {
        var queue = "q" + Given.Id();
        var late = Given.Row("b" + Given.Id(), queue: queue) with { EnqueuedAt = Given.Noon.AddMinutes(2) };
        var early = Given.Row("c" + Given.Id(), queue: queue);
        var same = Given.Row("d" + Given.Id(), queue: queue);
        var urgent = Given.Row("e" + Given.Id(), queue: queue) with
        {
            Priority = 10,
            EnqueuedAt = Given.Noon.AddHours(1),
        };
        var assigned = Given.Row("a" + Given.Id(), queue: queue, state: "assigned") with { AgentId = "x" };
        foreach (var row in new[] { late, assigned, same, early, urgent })
            await Store(row);
        var order = await Index.Waiting(queue, null, 10);
        Assert.Equal([urgent.Id, early.Id, same.Id, late.Id], order.Select(r => r.Id));
        Assert.Equal([same.Id, late.Id], (await Index.Waiting(queue, early, 10)).Select(r => r.Id));
        Assert.Equal([early.Id], (await Index.Waiting(queue, urgent, 1)).Select(r => r.Id));
    }

    [Fact]
    public async Task An_agent_holds_what_is_open_and_its_own()
    {
        var agent = "a" + Given.Id();
        var newer = Given.Row(Given.Id(), state: "assigned") with { AgentId = agent, StartedAt = Given.Noon.AddHours(1) };
        var older = Given.Row(Given.Id(), state: "offered") with { AgentId = agent };
        var closed = Given.Row(Given.Id(), state: "closed") with { AgentId = agent };
        foreach (var row in new[] { newer, older, closed })
            await Store(row);
        Assert.Equal([older.Id, newer.Id], (await Index.HeldBy(agent)).Select(r => r.Id));
    }

    [Fact]
    public async Task Tags_and_snoozes_are_kept_and_tags_found_whole()
    {
        var queue = "q" + Given.Id();
        var until = Given.Noon.AddDays(1);
        var snoozed = Given.Row(Given.Id(), queue: queue, state: "snoozed") with
        {
            AgentId = "a" + Given.Id(), Tags = ["50%_off~", "退款"], SnoozedUntil = until,
        };
        var other = Given.Row(Given.Id(), queue: queue) with { Tags = ["退款申请"] };
        await Store(snoozed);
        await Store(other);
        var found = await Index.Find(snoozed.Id);
        Assert.Equal("50%_off~ 退款", string.Join(' ', found!.Tags));
        Assert.Equal(until, found.SnoozedUntil);
        Assert.Empty(await Index.HeldBy(snoozed.AgentId!));
        foreach (var (tag, id) in new[] { ("退款", snoozed.Id), ("50%_off~", snoozed.Id), ("退款申请", other.Id) })
        {
            var page = await Index.List(new ConversationQuery { Queues = [queue], Tag = tag });
            Assert.Equal([id], page.Rows.Select(row => row.Id));
        }
        Assert.Empty((await Index.List(new ConversationQuery { Queues = [queue], Tag = "退" })).Rows);
        Assert.Empty((await Index.List(new ConversationQuery { Queues = [queue], Tag = "50__off~" })).Rows);
    }

    [Fact]
    public async Task The_newest_of_a_visitor_is_found_per_site()
    {
        var visitor = Given.Id();
        var old = Given.Row(Given.Id()) with { VisitorId = visitor };
        var newest = Given.Row(Given.Id()) with { VisitorId = visitor, StartedAt = Given.Noon.AddHours(1) };
        var elsewhere = newest with { Id = Given.Id(), SiteId = "other", StartedAt = Given.Noon.AddHours(2) };
        foreach (var row in new[] { newest, old, elsewhere })
            await Store(row);
        Assert.Equal(newest.Id, (await Index.NewestOf("demo", visitor))!.Id);
        Assert.Null(await Index.NewestOf("demo", Given.Id()));
    }

    [Fact]
    public async Task A_list_pages_by_newest_activity_without_holes_or_repeats()
    {
        var queue = "q" + Given.Id();
        var rows = Enumerable.Range(0, 23).Select(n => Given.Row(Given.Id(), queue: queue) with
        {
            // Several share a moment, so that the id decides.
            Activity = new(1, 1, Given.Noon.AddMinutes(n / 3), "", "", 1),
        }).ToList();
        foreach (var row in rows)
            await Store(row);
        var found = new List<ConversationRow>();
        var query = new ConversationQuery { Queues = [queue], Limit = 5 };
        do
        {
            var page = await Index.List(query);
            found.AddRange(page.Rows);
            query = query with { Cursor = page.NextCursor };
        }
        while (query.Cursor is not null);
        Assert.Equal(
            rows.OrderByDescending(r => r.Activity.LastMessageAt).ThenByDescending(r => r.Id, StringComparer.Ordinal)
                .Select(r => r.Id),
            found.Select(r => r.Id));
    }

    [Fact]
    public async Task Filters_hold_together()
    {
        var (queue, other, agent) = ("q" + Given.Id(), "q" + Given.Id(), "a" + Given.Id());
        var waiting = Given.Row("1" + Given.Id(), queue: queue);
        var mine = Given.Row("2" + Given.Id(), queue: other, state: "assigned") with { AgentId = agent };
        var theirs = Given.Row("3" + Given.Id(), queue: other, state: "assigned") with { AgentId = "x" };
        foreach (var row in new[] { waiting, mine, theirs })
            await Store(row);
        Assert.Equal([waiting.Id], await Ids(new() { Queues = [queue] }));
        Assert.Equal([mine.Id, waiting.Id], await Ids(new() { Queues = [queue], OrHeldBy = agent }));
        Assert.Equal([mine.Id], await Ids(new() { Queues = [queue], OrHeldBy = agent, States = ["assigned"] }));
        Assert.Equal([theirs.Id, mine.Id], await Ids(new() { Queues = [other], States = ["waiting", "assigned"] }));
        Assert.Equal([mine.Id], await Ids(new() { AgentId = agent }));
        Assert.Equal([mine.Id], await Ids(new() { VisitorId = mine.VisitorId }));
        Assert.Empty(await Ids(new() { Queues = [] }));
        Assert.Empty(await Ids(new() { Queues = ["' or 1=1 --"] }));
        Assert.Contains(theirs.Id, await Ids(new() { Limit = 200 }));
        await Assert.ThrowsAsync<InvalidCursorException>(() => Index.List(new() { Cursor = "x'; drop table" }));
    }

    [Fact]
    public async Task A_touch_shows_within_a_second_and_never_goes_back()
    {
        var id = Given.Id();
        await Store(Given.Row(id));
        Index.Touch(id, new(5, 4, Given.Noon.AddMinutes(5), "fifth", "agent:a1", 4));
        Index.Touch(id, new(3, 2, Given.Noon.AddMinutes(3), "third", "agent:a1", 2));
        await Await.Until(
            "the touch shows", async () => (await Index.Find(id))!.Activity.Version == 5, TimeSpan.FromSeconds(5));
        Assert.Equal("fifth", (await Index.Find(id))!.Activity.Preview);
        Index.Touch(id, new(4, 3, Given.Noon.AddMinutes(4), "fourth", "agent:a1", 3));
        var after = Given.Id();
        await Store(Given.Row(after));
        Index.Touch(after, new(2, 1, Given.Noon, "later flush", "agent:a1", 1));
        await Await.Until("a later flush shows", async () => (await Index.Find(after))!.Activity.Version == 2);
        Assert.Equal("fifth", (await Index.Find(id))!.Activity.Preview);
    }

    [Fact]
    public async Task Activity_behind_its_stream_is_found_for_repair()
    {
        var (stale, fresh, closed) = (Given.Id(), Given.Id(), Given.Id());
        await Store(Given.Row(stale) with { Activity = new(1, 1, Given.Noon, "", "", 1) });
        await fixture.Storage.Journal.Append(Given.Append("conversation/" + stale, 1));
        await Store(Given.Row(fresh) with { Activity = new(1, 1, Given.Noon, "", "", 1) });
        await Store(Given.Row(closed, state: "closed"));
        var found = await Index.StaleActivity(null, 10_000);
        Assert.Contains(stale, found);
        Assert.DoesNotContain(fresh, found);
        Assert.DoesNotContain(closed, found);
        Assert.Equal(found.Order(StringComparer.Ordinal), found);
        Assert.DoesNotContain(stale, await Index.StaleActivity(stale, 10_000));
    }

    [Fact]
    public async Task A_list_is_paged_in_each_order_without_loss_or_repetition()
    {
        var queue = "q" + Given.Id();
        var rows = Enumerable.Range(0, 12).Select(i => Given.Row($"{(i * 7) % 12:d2}" + Given.Id(), queue: queue) with
        {
            Priority = i % 3,
            // Two at a time are as old as each other: the id decides.
            EnqueuedAt = Given.Noon.AddMinutes(i / 2),
            SiteId = i == 0 ? "other" : "demo",
        }).ToList();
        foreach (var row in rows)
            await Store(row);
        var waiting = rows.OrderBy(r => r.EnqueuedAt).ThenBy(r => r.Id, StringComparer.Ordinal).Select(r => r.Id);
        var priority = rows.OrderByDescending(r => r.Priority).ThenBy(r => r.EnqueuedAt)
            .ThenBy(r => r.Id, StringComparer.Ordinal).Select(r => r.Id);
        Assert.Equal(waiting, await Paged(new ConversationQuery { Queues = [queue], Order = ConversationOrder.Waiting }));
        Assert.Equal(priority, await Paged(new ConversationQuery { Queues = [queue], Order = ConversationOrder.Priority }));
        Assert.Equal([rows[0].Id], await Paged(new ConversationQuery { Queues = [queue], SiteId = "other" }));
        var page = await Index.List(new ConversationQuery { Queues = [queue], Order = ConversationOrder.Waiting, Limit = 5 });
        await Assert.ThrowsAsync<InvalidCursorException>(() => Index.List(
            new ConversationQuery { Queues = [queue], Order = ConversationOrder.Priority, Cursor = page.NextCursor }));
    }

    [Fact]
    public async Task Open_conversations_are_counted_by_queue_and_a_change_of_one_shows()
    {
        var queue = "q" + Given.Id();
        var held = Given.Row(Given.Id(), queue: queue, state: "assigned") with { AgentId = "a1" };
        await Store(held);
        await Store(Given.Row(Given.Id(), queue: queue));
        await Store(Given.Row(Given.Id(), queue: queue));
        await Store(Given.Row(Given.Id(), queue: queue, state: "closed"));
        var counts = await Counts(queue);
        Assert.Equal((2, 0, 1, 0), (counts.Waiting, counts.Offered, counts.Assigned, counts.Snoozed));
        Assert.Equal(counts, await Counts(queue));
        // The numbers stay, the line is another one.
        await Store(held with { Version = 2, AgentId = "a2" }, after: 1);
        var moved = await Counts(queue);
        Assert.Equal(counts with { Mark = moved.Mark }, moved);
        Assert.NotEqual(counts.Mark, moved.Mark);
        Index.Touch(held.Id, new(3, 1, Given.Noon.AddMinutes(1), "a word", "visitor:v1", 1));
        await Await.Until("a message shows", async () => (await Counts(queue)).Mark != moved.Mark);
    }

    private async Task<QueueCounts> Counts(string queue) => (await Index.Counts()).Single(one => one.QueueId == queue);

    private async Task<List<string>> Paged(ConversationQuery query)
    {
        var (ids, cursor) = (new List<string>(), (string?)null);
        do
        {
            var page = await Index.List(query with { Cursor = cursor, Limit = 5 });
            ids.AddRange(page.Rows.Select(row => row.Id));
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        return ids;
    }

    [Fact]
    public async Task Read_marks_only_rise()
    {
        var id = Given.Id();
        Index.MarkRead(id, "visitor", 3);
        Index.MarkRead(id, "agent:a1", 7);
        Index.MarkRead(id, "visitor", 2);
        await Await.Until("the marks show", async () => (await Index.ReadMarks(id)).Length == 2);
        Index.MarkRead(id, "visitor", 1);
        Index.MarkRead(id, "agent:a1", 9);
        await Await.Until(
            "the mark rises", async () => (await Index.ReadMarks(id)).Contains(new ReadMark("agent:a1", 9)));
        Assert.Equal(
            [new ReadMark("agent:a1", 9), new ReadMark("visitor", 3)], (await Index.ReadMarks(id)).AsEnumerable());
    }

    private async Task<IEnumerable<string>> Ids(ConversationQuery query) =>
        (await Index.List(query)).Rows.Select(r => r.Id);

    private Task Store(ConversationRow row, long after = 0) =>
        fixture.Storage.Journal.Append(Given.Append("conversation/" + row.Id, after) with { Row = row });
}
