using CustomerService.Support;
using CustomerService.Support.Servers;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CustomerService.Browser.Tests;

/// <summary>The story the product is for, in real browsers, with the server killed in the middle of it.</summary>
public sealed class StoryTests(ChromiumFixture chromium) : IClassFixture<ChromiumFixture>
{
    private const string Password = "a long enough password 2";

    [Fact]
    public async Task The_story_holds_on_SQLite_through_kill_9()
    {
        using var data = new TemporaryFolder();
        await using var server = ServerProcess.Front(["--data", data.Path]);
        await Story(server, "sqlite");
    }

    [Fact]
    public async Task The_story_holds_on_PostgreSQL_through_kill_9()
    {
        using var data = new TemporaryFolder();
        await using var postgres = await PostgresServer.Start();
        var database = await postgres.NewDatabase();
        await using var server = ServerProcess.Front(["--data", data.Path, "--postgres", database]);
        await Story(server, "postgresql");
    }

    private async Task Story(ServerProcess server, string name)
    {
        await server.Start().Ready();
        var admin = await server.AdminToken();
        await server.Hire(admin, "li@example.test", "李雷", Password);
        await server.Hire(admin, "han@example.test", "韩梅梅", Password);
        await using var visitorPerson = await chromium.Person("zh-CN");
        await using var liPerson = await chromium.Person("en-GB", 1440, 900);
        await using var hanPerson = await chromium.Person("en-GB", 1440, 900);
        try
        {
            await Story(server, name, visitorPerson, liPerson, hanPerson);
        }
        catch (Exception failure)
        {
            await visitorPerson.Screenshot($"{name}-failed-visitor");
            await liPerson.Screenshot($"{name}-failed-li");
            await hanPerson.Screenshot($"{name}-failed-han");
            throw new InvalidOperationException($"{failure.Message}\n--- server ---\n{server.Output}", failure);
        }
    }

    private static async Task Story(
        ServerProcess server, string name, Person visitorPerson, Person liPerson, Person hanPerson)
    {
        var visitor = new WidgetPage(visitorPerson.Page);
        var li = new ConsolePage(liPerson.Page);
        var han = new ConsolePage(hanPerson.Page);

        // The visitor writes in Chinese and waits, told where it stands.
        await visitor.Open(server.Address);
        await visitor.Write("你好，我的订单三天没有动了");
        await Expect(visitor.Log).ToContainTextAsync("你好，我的订单三天没有动了");
        await Expect(visitor.Body).ToContainTextAsync("目前没有客服在线");
        await Expect(visitor.Log).ToContainTextAsync("已发送");
        await visitorPerson.Screenshot($"{name}-1-visitor-nobody-online");

        // An agent signs in, goes online and gets it; a second one is there to take it over later.
        await li.SignIn(server.Address, "li@example.test", Password);
        await liPerson.Screenshot($"{name}-2-console-empty");
        await li.GoOnline();
        // In the agent's list it has arrived; it is read when it is opened.
        await Expect(visitor.Log).ToContainTextAsync("已送达");
        await li.OpenConversation("你好，我的订单三天没有动了");
        await Expect(visitor.Log).ToContainTextAsync("已读");
        await Expect(visitor.Body).ToContainTextAsync("李雷");
        await han.SignIn(server.Address, "han@example.test", Password);
        await han.GoOnline();

        // Both type and see it.
        await visitor.Type("还");
        await Expect(liPerson.Page.Locator("body")).ToContainTextAsync("typing");
        await visitor.Write("还要等多久？");
        await li.Reply("您好，我马上为您查询。");
        await Expect(visitor.Log).ToContainTextAsync("您好，我马上为您查询。");
        await Expect(li.Log).ToContainTextAsync("还要等多久？");
        await liPerson.Screenshot($"{name}-3-console-serving");
        await visitorPerson.Screenshot($"{name}-3-visitor-served");

        // A note stays inside.
        const string note = "仓库说包裹被退回，先安抚";
        await li.Note(note);
        await Expect(li.Log).ToContainTextAsync(note);
        await liPerson.Screenshot($"{name}-4-console-note");

        // The server dies while both write, and comes back on the same address.
        foreach (var person in new[] { visitorPerson, liPerson, hanPerson })
            await person.Mark();
        await visitor.Write("断线前的一句");
        await server.Kill();
        await visitor.Write("断线时的第一句");
        await visitor.Write("断线时的第二句");
        await li.Reply("断线时客服的一句");
        await Expect(visitor.Body).ToContainTextAsync("等待网络");
        await visitorPerson.Screenshot($"{name}-5-visitor-cut-off");
        await liPerson.Screenshot($"{name}-5-console-cut-off");
        await server.Start().Ready();

        string[] expected =
        [
            "你好，我的订单三天没有动了", "还要等多久？", "您好，我马上为您查询。", "断线前的一句",
            "断线时的第一句", "断线时的第二句", "断线时客服的一句",
        ];
        await OnceEach(visitor.Log, expected);
        await OnceEach(li.Log, expected);
        await Expect(visitor.Body).Not.ToContainTextAsync("等待网络");
        await InOrder(visitor.Log, "断线前的一句", "断线时的第一句", "断线时的第二句");
        await InOrder(li.Log, "断线前的一句", "断线时的第一句", "断线时的第二句");
        foreach (var person in new[] { visitorPerson, liPerson, hanPerson })
            Assert.False(await person.WasReloaded(), "a page was loaded anew");
        foreach (var person in new[] { liPerson, hanPerson })
            await Expect(person.Page.GetByRole(AriaRole.Button, new() { Name = "My status: Online" })).ToBeVisibleAsync();
        await visitorPerson.Screenshot($"{name}-6-visitor-healed");

        // Transfer, close, rating.
        const string handover = "请继续跟进退回的包裹";
        await li.TransferTo("韩梅梅", handover);
        await han.OpenConversation("断线时");
        await Expect(han.Log).ToContainTextAsync(handover);
        await Expect(han.Log).ToContainTextAsync(note);
        await hanPerson.Screenshot($"{name}-7-console-transferred");
        await han.Reply("我是韩梅梅，已为您重新发货。");
        await Expect(visitor.Log).ToContainTextAsync("我是韩梅梅，已为您重新发货。");
        await OnceEach(han.Log, [.. expected, "我是韩梅梅，已为您重新发货。"]);
        const string reason = "补发";
        await han.Close(reason);
        await Expect(visitor.Log).ToContainTextAsync("客服结束了对话");
        await visitor.Rate(5, "很快，谢谢");
        await visitorPerson.Screenshot($"{name}-8-visitor-rated");
        await Expect(han.Log).ToContainTextAsync("很快，谢谢");
        await hanPerson.Screenshot($"{name}-8-console-closed");

        // What is internal never was on the visitor's page.
        var seen = await visitor.Body.InnerTextAsync();
        foreach (var secret in new[] { note, handover, reason })
            Assert.DoesNotContain(secret, seen, StringComparison.Ordinal);
        foreach (var person in new[] { visitorPerson, liPerson, hanPerson })
            Assert.Empty(person.Violations);
    }

    private static async Task OnceEach(ILocator log, string[] texts)
    {
        foreach (var text in texts)
            await Expect(log.GetByText(text, new() { Exact = true })).ToHaveCountAsync(1, new() { Timeout = 30_000 });
    }

    private static async Task InOrder(ILocator log, params string[] texts)
    {
        var all = await log.InnerTextAsync();
        var places = texts.Select(text => all.IndexOf(text, StringComparison.Ordinal)).ToArray();
        Assert.Equal(places.Order(), places);
        Assert.DoesNotContain(-1, places);
    }
}
