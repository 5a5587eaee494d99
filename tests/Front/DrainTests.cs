using CustomerService.Support;
using CustomerService.WebFront.Drain;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace CustomerService.FrontTests;

public sealed class DrainTests
{
    [Fact]
    public async Task Stopping_tells_clients_to_move_and_lets_calls_finish()
    {
        await using var front = await TestFront.Start(("Drain:SecondsMax", "20"));
        var conversation = front.World.Start("c-1");
        var visitor = await front.Visitor();
        var agent = await front.Agent();
        var ann = front.World.Agent("ann");
        var gate = new TaskCompletionSource();
        conversation.Blocked = gate.Task;
        var send = visitor.Call("SendMessage", new { conversationId = "c-1", clientMessageId = "m", text = "x" });
        var calls = front.App.Services.GetRequiredService<CallsUnderWay>();
        await Await.Until("the call is under way", () => calls.Count == 1);

        var stopping = Task.Run(() => front.App.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication());
        Assert.InRange((await visitor.Until("Moving")).GetProperty("retryAfterMs").GetInt32(), 0, 2_000);
        await agent.Until("Moving");
        Assert.True(front.App.Services.GetRequiredService<IReadiness>().IsDraining);
        // New ones are sent elsewhere: calls and connections.
        Assert.Equal("Unavailable", await agent.Error("Inbox"));
        Assert.Contains(
            "503", (await Assert.ThrowsAnyAsync<Exception>(() => front.Visitor("victor"))).ToString(),
            StringComparison.Ordinal);
        Assert.False(stopping.IsCompleted);

        gate.SetResult();
        Assert.Equal(1, (await send).GetProperty("sequence").GetInt64());
        await stopping;
        await front.App.StopAsync();
        await visitor.Closed;
        await agent.Closed;
        Assert.Equal(0, ann.Leaves); // A front that stops says nothing: the grace period is for that.
    }

    [Fact]
    public async Task A_call_that_hangs_delays_stopping_no_longer_than_allowed()
    {
        await using var front = await TestFront.Start(("Drain:SecondsMax", "0.5"));
        var conversation = front.World.Start("c-1");
        var visitor = await front.Visitor();
        var gate = new TaskCompletionSource();
        conversation.Blocked = gate.Task;
        var send = visitor.Call("SendMessage", new { conversationId = "c-1", clientMessageId = "m", text = "x" });
        var calls = front.App.Services.GetRequiredService<CallsUnderWay>();
        await Await.Until("the call is under way", () => calls.Count == 1);
        await Task.Run(() => front.App.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication())
            .WaitAsync(TimeSpan.FromSeconds(10));
        gate.SetResult();
        await Assert.ThrowsAnyAsync<Exception>(() => send);
    }
}
