using System.Text;
using CustomerService.Storage.Journal;
using Xunit;

namespace CustomerService.Storage.Tests;

public sealed class SqliteJournalTests(SqliteFixture fixture)
    : JournalTests(fixture), IClassFixture<SqliteFixture>;

[Trait("Category", "Postgres")]
public sealed class PostgreSqlJournalTests(PostgreSqlFixture fixture)
    : JournalTests(fixture), IClassFixture<PostgreSqlFixture>;

/// <summary>What an append promises, and what is read back.</summary>
public abstract class JournalTests(DatabaseFixture fixture)
{
    private StorageCore Storage => fixture.Storage;

    private IJournal Journal => fixture.Storage.Journal;

    [Fact]
    public async Task What_was_appended_is_read_back_as_it_was()
    {
        var stream = Given.Stream();
        var given = Given.Event("您好", visible: 1, client: "c1");
        await Journal.Append(Given.Append(stream, 0, given, Given.Event("note")));
        var events = await Journal.Read(stream, 0, 10);
        Assert.Equal([1L, 2L], events.Select(e => e.Version));
        Assert.True(events[0].Position < events[1].Position);
        Assert.Equal("conversation.message-posted.v1", events[0].Type);
        Assert.Equal(Given.Noon, events[0].At);
        Assert.Equal("""{"text":"您好"}""", Encoding.UTF8.GetString(events[0].Data.Span));
        Assert.Equal(1, events[0].VisitorSequence);
        Assert.Equal(("visitor:v1", "c1"), (events[0].Author, events[0].ClientId));
        Assert.Equal(given.ContentHash.ToArray(), events[0].ContentHash.ToArray());
        Assert.Null(events[1].VisitorSequence);
        Assert.Null(events[1].ClientId);
        Assert.True(events[1].ContentHash.IsEmpty);
    }

    [Fact]
    public async Task Pages_go_forward_and_back_in_both_numberings()
    {
        var stream = Given.Stream();
        // Versions 1 to 20; every second one is visible, numbered 1 to 10.
        for (var version = 0; version < 20; version += 2)
            await Journal.Append(Given.Append(stream, version, Given.Event(visible: (version / 2) + 1), Given.Event()));
        Assert.Equal([4L, 5, 6], (await Journal.Read(stream, 3, 3)).Select(e => e.Version));
        Assert.Equal([7L, 8, 9], (await Journal.ReadBefore(stream, 10, 3)).Select(e => e.Version));
        Assert.Equal([4L, 5], (await Journal.ReadVisible(stream, 3, 2)).Select(e => e.VisitorSequence!.Value));
        Assert.Equal([1L, 2], (await Journal.ReadVisibleBefore(stream, 3, 5)).Select(e => e.VisitorSequence!.Value));
        Assert.Equal([9L, 10], (await Journal.ReadVisibleBefore(stream, long.MaxValue, 2))
            .Select(e => e.VisitorSequence!.Value));
        Assert.Empty(await Journal.Read(stream, 20, 10));
    }

    [Fact]
    public async Task Heads_come_in_the_order_asked_with_zero_for_the_unknown()
    {
        var (a, b, unknown) = (Given.Stream(), Given.Stream(), Given.Stream());
        await Journal.Append(Given.Append(a, 0, Given.Event(visible: 1), Given.Event()));
        await Journal.Append(Given.Append(b, 0, Given.Event()));
        Assert.Equal(
            [new StreamHead(b, 1, 0), new StreamHead(unknown, 0, 0), new StreamHead(a, 2, 1)],
            await Journal.Heads([b, unknown, a]));
        Assert.Empty(await Journal.Heads([]));
        var many = Enumerable.Range(0, 10_000).Select(_ => Given.Stream()).ToArray();
        Assert.Equal(10_000, (await Journal.Heads(many)).Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_version_that_is_taken_is_a_conflict(long expected)
    {
        var stream = Given.Stream();
        await Journal.Append(Given.Append(stream, 0, Given.Event(), Given.Event()));
        await Assert.ThrowsAsync<StreamConflictException>(() => Journal.Append(Given.Append(stream, expected)));
        Assert.Equal(2, (await Journal.Heads([stream]))[0].Version);
    }

    [Fact]
    public async Task A_gap_is_refused()
    {
        var stream = Given.Stream();
        await Assert.ThrowsAsync<StreamConflictException>(() => Journal.Append(Given.Append(stream, 3)));
        await Journal.Append(Given.Append(stream, 0));
        await Assert.ThrowsAsync<StreamConflictException>(() => Journal.Append(Given.Append(stream, 2)));
        Assert.Equal(1, (await Journal.Heads([stream]))[0].Version);
    }

    [Fact]
    public async Task A_client_id_is_stored_once_per_stream_and_author()
    {
        var (stream, other) = (Given.Stream(), Given.Stream());
        await Journal.Append(Given.Append(stream, 0, Given.Event(client: "c1")));
        await Assert.ThrowsAsync<DuplicateClientIdException>(
            () => Journal.Append(Given.Append(stream, 1, Given.Event(), Given.Event(client: "c1"))));
        Assert.Equal(1, (await Journal.Heads([stream]))[0].Version);
        await Journal.Append(Given.Append(other, 0, Given.Event(client: "c1")));
        var found = await Journal.FindByClientId(stream, "visitor:v1", "c1");
        Assert.Equal((stream, 1L), (found!.Stream, found.Version));
        Assert.Null(await Journal.FindByClientId(stream, "visitor:v1", "c2"));
        Assert.Null(await Journal.FindByClientId(stream, "visitor:v2", "c1"));
    }

    [Fact]
    public async Task An_erased_event_keeps_its_place_and_its_id_and_says_something_else()
    {
        var stream = Given.Stream();
        await Journal.Append(Given.Append(stream, 0, Given.Event("6222", visible: 1, client: "c1"), Given.Event("6222")));
        await Journal.Append(Given.Append(stream, 2) with { Erased = [new Erasure(1, "{}"u8.ToArray())] });
        var stored = await Journal.Read(stream, 0, 10);
        Assert.Equal("{}", System.Text.Encoding.UTF8.GetString(stored[0].Data.Span));
        Assert.Contains("6222", System.Text.Encoding.UTF8.GetString(stored[1].Data.Span), StringComparison.Ordinal);
        Assert.Equal((1L, 1L, "c1", true), (
            stored[0].Version, stored[0].VisitorSequence, stored[0].ClientId, stored[0].ContentHash.IsEmpty));
        Assert.Equal("{}", System.Text.Encoding.UTF8.GetString((await Journal.ReadVisible(stream, 0, 1))[0].Data.Span));
        // All or nothing: a stale owner erases nothing.
        await Assert.ThrowsAsync<StreamConflictException>(() => Journal.Append(
            Given.Append(stream, 1) with { Erased = [new Erasure(1, "[]"u8.ToArray())] }));
        Assert.Equal("{}", System.Text.Encoding.UTF8.GetString((await Journal.Read(stream, 0, 1))[0].Data.Span));
    }

    [Fact]
    public async Task Only_earlier_events_are_erased_and_so_many_at_most()
    {
        var stream = Given.Stream();
        await Journal.Append(Given.Append(stream, 0));
        var one = new Erasure(1, "{}"u8.ToArray());
        await Assert.ThrowsAsync<ArgumentException>(
            () => Journal.Append(Given.Append(stream, 1) with { Erased = [one with { Version = 2 }] }));
        await Assert.ThrowsAsync<ArgumentException>(
            () => Journal.Append(Given.Append(stream, 1) with { Erased = [.. Enumerable.Repeat(one, 257)] }));
    }

    [Fact]
    public async Task The_same_client_id_twice_in_one_append_is_refused()
    {
        var stream = Given.Stream();
        await Assert.ThrowsAsync<DuplicateClientIdException>(
            () => Journal.Append(Given.Append(stream, 0, Given.Event(client: "c"), Given.Event(client: "c"))));
        Assert.Equal(0, (await Journal.Heads([stream]))[0].Version);
    }

    [Fact]
    public async Task A_stale_owner_with_a_known_id_is_told_of_the_conflict()
    {
        var stream = Given.Stream();
        await Journal.Append(Given.Append(stream, 0, Given.Event(client: "c1")));
        await Assert.ThrowsAsync<StreamConflictException>(
            () => Journal.Append(Given.Append(stream, 0, Given.Event(client: "c1"))));
    }

    [Fact]
    public async Task A_visitor_sequence_that_is_taken_is_a_conflict()
    {
        var stream = Given.Stream();
        await Journal.Append(Given.Append(stream, 0, Given.Event(visible: 1)));
        await Assert.ThrowsAsync<StreamConflictException>(
            () => Journal.Append(Given.Append(stream, 1, Given.Event(visible: 1))));
    }

    [Fact]
    public async Task Events_effects_row_and_deadline_stand_or_fall_together()
    {
        var id = Given.Id();
        var stream = "conversation/" + id;
        var owed = await Storage.Outbox.Count();
        await Journal.Append(Given.Append(stream, 0, Given.Event(client: "c1")) with
        {
            Owed = [Given.Effect(stream, 1)],
            Row = Given.Row(id) with { Activity = new(1, 1, Given.Noon, "你好", "visitor:v1", 1) },
            Deadline = DeadlineChange.Set(Given.Noon),
        });
        Assert.Equal(owed + 1, await Storage.Outbox.Count());
        Assert.Equal("你好", (await Storage.Conversations.Find(id))!.Activity.Preview);
        Assert.Contains(stream, (await Storage.Deadlines.Due(Given.Noon, 1_000)).Select(d => d.Stream));

        await Assert.ThrowsAsync<DuplicateClientIdException>(() => Journal.Append(
            Given.Append(stream, 1, Given.Event(), Given.Event(client: "c1")) with
            {
                Owed = [Given.Effect(stream, 2)],
                Row = Given.Row(id, version: 3, state: "closed"),
                Deadline = DeadlineChange.Clear,
            }));
        Assert.Equal(owed + 1, await Storage.Outbox.Count());
        Assert.Equal(Given.Row(id).State, (await Storage.Conversations.Find(id))!.State);
        Assert.Contains(stream, (await Storage.Deadlines.Due(Given.Noon, 1_000)).Select(d => d.Stream));
    }

    [Fact]
    public async Task Bad_appends_fail_alone_in_a_crowd()
    {
        var taken = Given.Stream();
        await Journal.Append(Given.Append(taken, 0, Given.Event(client: "c1")));
        var good = Enumerable.Range(0, 300).Select(_ => Given.Stream()).ToArray();
        var work = good.Select(s => Journal.Append(Given.Append(s, 0))).ToList();
        var conflict = Journal.Append(Given.Append(taken, 0));
        var gap = Journal.Append(Given.Append(Given.Stream(), 7));
        var doubled = Journal.Append(
            Given.Append(Given.Stream(), 0, Given.Event(client: "d"), Given.Event(client: "d")));
        work.AddRange(good.Select(s => Journal.Append(Given.Append(s, 1))));
        await Task.WhenAll(work);
        await Assert.ThrowsAsync<StreamConflictException>(() => conflict);
        await Assert.ThrowsAsync<StreamConflictException>(() => gap);
        await Assert.ThrowsAsync<DuplicateClientIdException>(() => doubled);
        Assert.All(await Journal.Heads(good), head => Assert.Equal(2, head.Version));
    }

    [Fact]
    public async Task A_value_that_can_not_be_stored_fails_alone()
    {
        var good = Enumerable.Range(0, 50).Select(_ => Given.Stream()).ToArray();
        var work = good.Select(s => Journal.Append(Given.Append(s, 0))).ToList();
        var id = Given.Id();
        // PostgreSQL stores no NUL; SQLite does. Either way the others must not notice.
        var odd = Journal.Append(Given.Append("conversation/" + id, 0) with
        {
            Row = Given.Row(id) with { VisitorName = "a\0b" },
        });
        await Task.WhenAll(work);
        await Record.ExceptionAsync(() => odd);
        Assert.All(await Journal.Heads(good), head => Assert.Equal(1, head.Version));
    }

    [Fact]
    public async Task A_thousand_streams_at_once_keep_their_order()
    {
        var streams = Enumerable.Range(0, 1_000).Select(_ => Given.Stream()).ToArray();
        await Task.WhenAll(streams.Select(async stream =>
        {
            for (var version = 0; version < 10; version++)
                await Stored(Given.Append(stream, version, Given.Event($"{version + 1}")));
        }));
        Assert.All(await Journal.Heads(streams), head => Assert.Equal(10, head.Version));
        var events = await Journal.Read(streams[500], 0, 100);
        Assert.Equal(events.Select(e => e.Position).Order(), events.Select(e => e.Position));
        Assert.Equal(
            Enumerable.Range(1, 10).Select(n => $$"""{"text":"{{n}}"}"""),
            events.Select(e => Encoding.UTF8.GetString(e.Data.Span)));

        // Refused is not stored: on a machine that is busy elsewhere a caller asks again, as grains do.
        async Task Stored(Append append)
        {
            for (var left = 15; ; left--)
            {
                try
                {
                    await Journal.Append(append);
                    return;
                }
                catch (Exception e) when (left > 0 && e is JournalUnavailableException)
                {
                    // A refusal takes seconds: nothing to wait for besides.
                }
            }
        }
    }

    [Fact]
    public async Task Appends_beyond_the_limits_are_refused_by_the_caller()
    {
        var stream = Given.Stream();
        await Assert.ThrowsAsync<ArgumentException>(() => Journal.Append(new Append(stream, 0, [])));
        await Assert.ThrowsAsync<ArgumentException>(() => Journal.Append(Given.Append(new string('x', 161), 0)));
        await Assert.ThrowsAsync<ArgumentException>(() => Journal.Append(Given.Append(
            stream, 0, Given.Event() with { Data = new byte[(64 << 10) + 1] })));
    }

    [Fact]
    public async Task One_that_was_cancelled_before_it_was_sent_stores_nothing()
    {
        var stream = Given.Stream();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Journal.Append(Given.Append(stream, 0), cancelled.Token));
        Assert.Equal(0, (await Journal.Heads([stream]))[0].Version);
    }
}
