using CustomerService.Support;
using CustomerService.Support.Servers;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CustomerService.Browser.Tests;

/// <summary>What an agent does to messages and to a visitor, seen from both sides.</summary>
public sealed class AmendStoryTests(ChromiumFixture chromium) : IClassFixture<ChromiumFixture>
{
    private const string Password = "a long enough password 2";

    [Fact]
    public async Task Messages_are_quoted_edited_and_removed_and_a_visitor_is_blocked()
    {
        using var data = new TemporaryFolder();
        await using var server = ServerProcess.Front(["--data", data.Path]);
        await server.Start().Ready(TimeSpan.FromMinutes(3));
        await server.Hire(await server.AdminToken(), "li@example.test", "李雷", Password);
        await using var visitorPerson = await chromium.Person("zh-CN");
        await using var liPerson = await chromium.Person("en-GB", 1440, 900);
        try
        {
            await Story(server, visitorPerson, liPerson);
        }
        catch (Exception failure)
        {
            await visitorPerson.Screenshot("amend-failed-visitor");
            await liPerson.Screenshot("amend-failed-li");
            throw new InvalidOperationException($"{failure.Message}\n--- server ---\n{server.Output}", failure);
        }
    }

    private static async Task Story(ServerProcess server, Person visitorPerson, Person liPerson)
    {
        var visitor = new WidgetPage(visitorPerson.Page);
        var li = new ConsolePage(liPerson.Page);
        var console = liPerson.Page;
        await visitor.Open(server.Address);
        await visitor.Write("我的卡号是 6222 0000 1111 2222");
        await visitor.Write("蓝色的还有吗？");
        await li.SignIn(server.Address, "li@example.test", Password);
        await li.GoOnline();
        await li.OpenConversation("蓝色的还有吗？");
        ILocator Bubble(string text) => console.Locator("[data-key]").Filter(new() { HasText = text });

        // Quoted by the keyboard, drawn on both sides.
        await Expect(li.Log).ToContainTextAsync("蓝色的还有吗？");
        await console.GetByRole(AriaRole.Tab, new() { Name = "Reply" }).WaitForAsync();
        await console.Keyboard.PressAsync("Escape");
        await console.Locator("body").ClickAsync(new() { Position = new() { X = 700, Y = 20 } });
        await console.Keyboard.PressAsync("q");
        await Expect(console.Locator("[data-quoting]")).ToContainTextAsync("蓝色的还有吗？");
        await console.Keyboard.TypeAsync("还有，周二到货。");
        await console.Keyboard.PressAsync("Enter");
        await Expect(Bubble("还有，周二到货。").GetByRole(AriaRole.Button, new() { NameRegex = new("Quoted message") }))
            .ToContainTextAsync("蓝色的还有吗？");
        await Expect(visitor.Log).ToContainTextAsync("还有，周二到货。");
        await liPerson.Screenshot("amend-1-quoted");

        // Edited: the visitor sees the last wording and that it was edited.
        await console.GetByRole(AriaRole.Textbox, new() { Name = "Reply" }).ClickAsync();
        await console.Keyboard.PressAsync("ArrowUp");
        await console.GetByText("Editing a message").WaitForAsync();
        await console.GetByRole(AriaRole.Textbox, new() { Name = "Reply" }).FillAsync("还有，周三到货。");
        await console.Keyboard.PressAsync("Enter");
        await Expect(visitor.Log).ToContainTextAsync("还有，周三到货。");
        await Expect(visitor.Log).ToContainTextAsync("已编辑");
        await Expect(visitor.Log).Not.ToContainTextAsync("周二到货");

        // Removed: gone from both faces, and from search.
        await Bubble("6222").HoverAsync();
        await Bubble("6222").GetByRole(AriaRole.Button, new() { NameRegex = new("^Remove") }).ClickAsync();
        await console.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Remove" }).ClickAsync();
        await Expect(li.Log).ToContainTextAsync("Message removed");
        await Expect(li.Log).Not.ToContainTextAsync("6222");
        await Expect(visitor.Log).ToContainTextAsync("消息已移除");
        await Expect(visitor.Log).Not.ToContainTextAsync("6222");
        await visitorPerson.Screenshot("amend-2-visitor");
        await liPerson.Screenshot("amend-2-console");
        await FileStoryTests.Accessible(console);
        await FileStoryTests.Accessible(visitorPerson.Page);

        // The page the visitor is on.
        var card = console.GetByRole(AriaRole.Complementary).Last;
        await Expect(card.GetByText("Pages visited")).ToBeVisibleAsync();
        await Expect(card).ToContainTextAsync(new Uri(server.Address, "/demo/").ToString());

        // After a reload both have the same from the server, once.
        await visitorPerson.Page.ReloadAsync();
        await visitorPerson.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("打开在线客服") }).ClickAsync();
        await Expect(visitor.Log.GetByText("消息已移除")).ToHaveCountAsync(1);
        await Expect(visitor.Log.GetByText("已编辑")).ToHaveCountAsync(1);
        await Expect(visitor.Log).Not.ToContainTextAsync("6222");
        await console.ReloadAsync();
        await Expect(li.Log.GetByText("Message removed")).ToHaveCountAsync(1);
        await Expect(li.Log.GetByText("Edited")).ToHaveCountAsync(1);

        // Blocked: what the visitor writes is refused in words; lifted, it goes on.
        await card.GetByRole(AriaRole.Button, new() { Name = "Block visitor" }).ClickAsync();
        await console.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Textbox).FillAsync("abuse");
        await console.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Block visitor" }).ClickAsync();
        await Expect(card).ToContainTextAsync("Blocked: cannot write");
        await Expect(li.Log).ToContainTextAsync("李雷 blocked the visitor");
        await visitor.Write("还在吗");
        await Expect(visitor.Log).ToContainTextAsync("您已不能在这里发言");
        await visitorPerson.Screenshot("amend-3-visitor-blocked");
        await liPerson.Screenshot("amend-3-console-blocked");
        await FileStoryTests.Accessible(visitorPerson.Page);
        await FileStoryTests.Accessible(console);
        await card.GetByRole(AriaRole.Button, new() { Name = "Unblock" }).ClickAsync();
        await Expect(li.Log).ToContainTextAsync("李雷 unblocked the visitor");
        await visitor.Write("谢谢");
        await Expect(li.Log).ToContainTextAsync("谢谢");
        Assert.Empty(visitorPerson.Violations);
        Assert.Empty(liPerson.Violations);
    }
}
