using CustomerService.Support;
using CustomerService.Support.Servers;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CustomerService.Browser.Tests;

/// <summary>Somebody who does not want to wait leaves a message, and an agent finds it.</summary>
public sealed class LeaveStoryTests(ChromiumFixture chromium) : IClassFixture<ChromiumFixture>
{
    [Fact]
    public async Task A_visitor_leaves_the_queue_for_a_message_and_an_agent_finds_and_answers_it()
    {
        using var data = new TemporaryFolder();
        await using var server = ServerProcess.Front(["--data", data.Path]);
        await server.Start().Ready(TimeSpan.FromMinutes(3));
        await SiteStoryTests.Save(server, await server.AdminToken(), new
        {
            key = "demo",
            name = "Tea shop",
            form = new[] { new { key = "email", type = "email", required = false, label = new { en = "E-mail" }, options = Array.Empty<string>() } },
        });
        await using var visitorPerson = await chromium.Person("zh-CN", 390, 844);
        await using var agentPerson = await chromium.Person("en-GB", 1440, 900);
        try
        {
            var visitor = new WidgetPage(visitorPerson.Page);
            var frame = visitorPerson.Page.FrameLocator("iframe");
            await visitor.Open(server.Address);
            await frame.GetByRole(AriaRole.Button, new() { Name = "开始咨询" }).ClickAsync();
            await visitor.Write("茶壶的盖子碎了");
            await Expect(visitor.Log).ToContainTextAsync("茶壶的盖子碎了");
            await frame.GetByRole(AriaRole.Button, new() { Name = "不等了，改为留言" }).ClickAsync();
            await frame.GetByLabel("邮箱（选填）").FillAsync("han@");
            await visitorPerson.Page.Keyboard.PressAsync("Enter");
            await Expect(frame.GetByText("请填写有效的邮箱")).ToBeVisibleAsync();
            await visitorPerson.Screenshot("leave-1-asked");
            await FileStoryTests.Accessible(visitorPerson.Page);
            await frame.GetByLabel("邮箱（选填）").FillAsync("han@example.com");
            await frame.GetByRole(AriaRole.Button, new() { Name = "留言", Exact = true }).ClickAsync();
            await Expect(frame.GetByText("已收到您的留言")).ToBeVisibleAsync();
            await visitorPerson.Page.ReloadAsync();
            await visitorPerson.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("打开在线客服") }).ClickAsync();
            await Expect(frame.GetByText("已收到您的留言")).ToBeVisibleAsync();
            await visitorPerson.Screenshot("leave-2-left");

            // Nobody is given it: it is found among what is open, and taken by hand.
            var agent = new ConsolePage(agentPerson.Page);
            await agent.SignIn(server.Address, ServerProcess.AdminEmail, ServerProcess.AdminPassword);
            await agent.GoOnline();
            await agentPerson.Page.GetByRole(AriaRole.Tab, new() { NameRegex = new("^All") }).ClickAsync();
            await agent.OpenConversation("茶壶的盖子碎了");
            await Expect(agent.Log).ToContainTextAsync("The visitor stopped waiting and left a message");
            await Expect(agent.Log).ToContainTextAsync("han@example.com");
            await Expect(agentPerson.Page.GetByText("Nobody has taken it yet.")).ToBeVisibleAsync();
            await agentPerson.Screenshot("leave-3-found");
            await agentPerson.Page.GetByRole(AriaRole.Button, new() { Name = "Take it now" }).ClickAsync();
            await agent.Reply("我们补寄一个盖子给您");
            await Expect(visitor.Log).ToContainTextAsync("我们补寄一个盖子给您");
            await Expect(frame.GetByText("已收到您的留言")).ToHaveCountAsync(0);
            await visitorPerson.Screenshot("leave-4-answered");
            foreach (var person in new[] { visitorPerson, agentPerson })
                Assert.Empty(person.Violations);
        }
        catch (Exception failure)
        {
            await visitorPerson.Screenshot("leave-failed-visitor");
            await agentPerson.Screenshot("leave-failed-agent");
            throw new InvalidOperationException($"{failure.Message}\n--- server ---\n{server.Output}", failure);
        }
    }
}
