using System.Reflection;
using CustomerService.Conversations;
using CustomerService.WebFront.Hubs;

namespace CustomerService.FrontTests;

/// <summary>Who may call what: the table names every method of both hubs, and the code agrees.</summary>
public sealed class AllowTests
{
    private static readonly Dictionary<string, string> Table = new()
    {
        ["VisitorHub.StartConversation"] = "visitor",
        ["VisitorHub.SendMessage"] = "visitor",
        ["VisitorHub.Resume"] = "visitor",
        ["VisitorHub.MarkRead"] = "visitor",
        ["VisitorHub.MarkDelivered"] = "visitor",
        ["VisitorHub.Typing"] = "visitor",
        ["VisitorHub.Rate"] = "visitor",
        ["VisitorHub.LeaveMessage"] = "visitor",
        ["VisitorHub.EndConversation"] = "visitor",
        ["AgentHub.SetStatus"] = "agent supervisor administrator",
        ["AgentHub.Inbox"] = "agent supervisor administrator",
        ["AgentHub.WatchLists"] = "agent supervisor administrator",
        ["AgentHub.Subscribe"] = "agent supervisor administrator",
        ["AgentHub.Unsubscribe"] = "agent supervisor administrator",
        ["AgentHub.SendMessage"] = "agent supervisor administrator",
        ["AgentHub.AddNote"] = "agent supervisor administrator",
        ["AgentHub.EditMessage"] = "agent supervisor administrator",
        ["AgentHub.RedactMessage"] = "agent supervisor administrator",
        ["AgentHub.BlockVisitor"] = "agent supervisor administrator",
        ["AgentHub.SetVisitorFields"] = "agent supervisor administrator",
        ["AgentHub.Visitor"] = "agent supervisor administrator",
        ["AgentHub.Viewing"] = "agent supervisor administrator",
        ["VisitorHub.PageViewed"] = "visitor",
        ["AgentHub.MarkRead"] = "agent supervisor administrator",
        ["AgentHub.MarkDelivered"] = "agent supervisor administrator",
        ["AgentHub.Typing"] = "agent supervisor administrator",
        ["AgentHub.Accept"] = "agent supervisor administrator",
        ["AgentHub.Decline"] = "agent supervisor administrator",
        ["AgentHub.Transfer"] = "agent supervisor administrator",
        ["AgentHub.Close"] = "agent supervisor administrator",
        ["AgentHub.Reopen"] = "agent supervisor administrator",
        ["AgentHub.Snooze"] = "agent supervisor administrator",
        ["AgentHub.Tag"] = "agent supervisor administrator",
    };

    [Fact]
    public void Every_hub_method_states_who_may_call_it_and_is_in_the_table()
    {
        var stated = new[] { typeof(VisitorHub), typeof(AgentHub) }
            .SelectMany(hub => hub.GetMethods(
                BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(method => !method.IsSpecialName)
            .ToDictionary(
                method => $"{method.DeclaringType!.Name}.{method.Name}",
                method => method.GetCustomAttribute<AllowAttribute>()?.Audience switch
                {
                    Audience.Visitors => "visitor",
                    Audience.Agents => "agent supervisor administrator",
                    _ => "nobody",
                });
        Assert.Equal(Table.OrderBy(p => p.Key), stated.OrderBy(p => p.Key));
    }

    /// <summary>Each role on each hub over the wire: the other side's token opens no socket.</summary>
    [Theory]
    [InlineData("visitor", "a.ann.s-ann", false)]
    [InlineData("agent", "v.demo.vera.vera", false)]
    [InlineData("visitor", "nonsense", false)]
    [InlineData("agent", "nonsense", false)]
    [InlineData("visitor", "v.demo.vera.vera", true)]
    [InlineData("agent", "a.ann.s-ann", true)]
    public async Task Tokens_open_their_own_hub_only(string hub, string token, bool opens)
    {
        await using var front = await TestFront.Start();
        front.World.SignIn("s-ann", "ann");
        var connecting = front.Connect(hub, token);
        if (opens)
            await connecting;
        else
            Assert.Contains("401", (await Assert.ThrowsAnyAsync<Exception>(() => connecting)).ToString(),
                StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("agent")]
    [InlineData("supervisor")]
    [InlineData("administrator")]
    public async Task Every_role_of_the_staff_may_call_every_agent_method(string role)
    {
        await using var front = await TestFront.Start();
        front.World.Start("c-1");
        var client = await front.Agent("ann", role);
        foreach (var method in Table.Keys.Where(k => k.StartsWith("AgentHub", StringComparison.Ordinal)))
        {
            var name = method["AgentHub.".Length..];
            var error = name == "Inbox"
                ? await client.Error(name)
                : await client.Error(name, new { conversationId = "c-1" });
            Assert.NotEqual("Forbidden", error);
        }
    }

    [Fact]
    public async Task A_session_that_has_ended_is_cut_and_its_calls_are_refused()
    {
        await using var front = await TestFront.Start();
        var client = await front.Agent();
        front.World.Sessions.TryRemove("s-ann", out _); // Not told yet: the next call is refused already.
        Assert.Equal("Unauthorized", await client.Error("Inbox"));
        front.World.End("s-ann");
        await client.Closed;
    }
}
