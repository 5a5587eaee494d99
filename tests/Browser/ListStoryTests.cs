using CustomerService.Support;
using CustomerService.Support.Servers;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CustomerService.Browser.Tests;

/// <summary>Two people at the same lists: what one does the other sees without asking.</summary>
public sealed class ListStoryTests(ChromiumFixture chromium) : IClassFixture<ChromiumFixture>
{
    private const string Password = "correct horse battery staple";

    [Fact]
    public async Task Lists_follow_what_happens_and_several_conversations_are_closed_at_once()
    {
        using var data = new TemporaryFolder();
        await using var server = ServerProcess.Front(["--data", data.Path]);
        await server.Start().Ready(TimeSpan.FromMinutes(3));
        await server.Hire(await server.AdminToken(), "ada@example.test", "Ada", Password);
        await using var bossPerson = await chromium.Person("en-GB", 1440, 900);
        await using var adaPerson = await chromium.Person("en-GB", 1024, 800);
        await using var first = await chromium.Person("zh-CN");
        await using var second = await chromium.Person("zh-CN");
        await using var third = await chromium.Person("zh-CN");
        try
        {
            var boss = bossPerson.Page;
            await new ConsolePage(boss).SignIn(server.Address, ServerProcess.AdminEmail, ServerProcess.AdminPassword);
            await Tab(boss, "Waiting").ClickAsync();
            await Expect(boss.GetByText("Nobody is waiting")).ToBeVisibleAsync();

            // They come one after the other, and stand in that order; nobody asked for them.
            foreach (var (person, text) in new[] { (first, "第一个问题"), (second, "第二个问题"), (third, "第三个问题") })
            {
                var widget = new WidgetPage(person.Page);
                await widget.Open(server.Address);
                await widget.Write(text);
                await Expect(Line(boss, text)).ToBeVisibleAsync();
            }
            await Expect(Tab(boss, "Waiting")).ToContainTextAsync("3");
            await Expect(Lines(boss)).ToContainTextAsync(["第一个问题", "第二个问题", "第三个问题"]);
            await boss.GetByRole(AriaRole.Button, new() { Name = "Order: Longest wait" }).ClickAsync();
            await boss.GetByRole(AriaRole.Menuitemradio, new() { Name = "Newest" }).ClickAsync();
            await Expect(Lines(boss)).ToContainTextAsync(["第三个问题", "第二个问题", "第一个问题"]);
            await bossPerson.Screenshot("list-1-waiting");

            // Ada is at lunch and takes one all the same: it leaves the other's list.
            var ada = adaPerson.Page;
            await new ConsolePage(ada).SignIn(server.Address, "ada@example.test", Password);
            await ada.GetByRole(AriaRole.Button, new() { NameRegex = new("^My status") }).ClickAsync();
            await ada.GetByRole(AriaRole.Menuitemradio, new() { Name = "Lunch" }).ClickAsync();
            await ada.GetByRole(AriaRole.Button, new() { Name = "My status: Away, Lunch" }).WaitForAsync();
            await Tab(ada, "Waiting").ClickAsync();
            await Line(ada, "第一个问题").ClickAsync();
            await ada.GetByRole(AriaRole.Button, new() { Name = "Take this conversation" }).ClickAsync();
            await Expect(Line(boss, "第一个问题")).ToHaveCountAsync(0);
            await Expect(Tab(boss, "Waiting")).ToContainTextAsync("2");
            await adaPerson.Screenshot("list-2-taken");

            // A view for the team, which Ada has too.
            await Tab(boss, "All").ClickAsync();
            await boss.GetByRole(AriaRole.Button, new() { NameRegex = new("^Filter") }).ClickAsync();
            var dialog = boss.GetByRole(AriaRole.Dialog);
            await dialog.GetByLabel("In progress").UncheckAsync();
            await dialog.GetByLabel("Order").SelectOptionAsync("waiting");
            await dialog.GetByRole(AriaRole.Button, new() { Name = "Apply" }).ClickAsync();
            await Expect(Lines(boss)).ToContainTextAsync(["第二个问题", "第三个问题"]);
            await boss.GetByRole(AriaRole.Button, new() { NameRegex = new("^Views") }).ClickAsync();
            await boss.GetByRole(AriaRole.Menuitem, new() { Name = "Save this list as a view…" }).ClickAsync();
            await dialog.GetByLabel("Name").FillAsync("Nobody serves them");
            await dialog.GetByLabel("Who may use it").SelectOptionAsync("all");
            await bossPerson.Screenshot("list-3-view");
            await dialog.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
            await boss.GetByRole(AriaRole.Button, new() { Name = "Views: Nobody serves them" }).WaitForAsync();
            await ada.ReloadAsync();
            await ada.GetByRole(AriaRole.Button, new() { NameRegex = new("^Views") }).ClickAsync();
            await ada.GetByRole(AriaRole.Menuitemradio, new() { Name = "Nobody serves them" }).ClickAsync();
            await Expect(Lines(ada)).ToContainTextAsync(["第二个问题", "第三个问题"]);

            // Several at once, by the keyboard.
            await Lines(boss).First.FocusAsync();
            await boss.Keyboard.PressAsync("Control+a");
            await Expect(boss.GetByText("2 selected", new() { Exact = true })).ToBeVisibleAsync();
            await bossPerson.Screenshot("list-4-chosen");
            await boss.Keyboard.PressAsync("e");
            await dialog.GetByRole(AriaRole.Textbox).FillAsync("nobody there");
            await dialog.GetByRole(AriaRole.Button, new() { Name = "Close 2 conversations" }).ClickAsync();
            await Expect(boss.GetByText("2 conversations done.")).ToBeVisibleAsync();
            await Expect(Lines(ada)).ToHaveCountAsync(0);
            await adaPerson.Screenshot("list-5-closed");
            await FileStoryTests.Accessible(boss);
            await FileStoryTests.Accessible(ada);
            Assert.Empty(bossPerson.Violations);
            Assert.Empty(adaPerson.Violations);
        }
        catch
        {
            await bossPerson.Screenshot("list-failed-boss");
            await adaPerson.Screenshot("list-failed-ada");
            throw;
        }
    }

    private static ILocator Tab(IPage page, string name) =>
        page.GetByRole(AriaRole.Tab, new() { NameRegex = new($"^{name}") });

    private static ILocator Lines(IPage page) => page.Locator("[data-row]");

    private static ILocator Line(IPage page, string preview) => Lines(page).Filter(new() { HasText = preview });
}
