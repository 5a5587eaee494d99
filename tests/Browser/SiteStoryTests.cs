using System.Net.Http.Headers;
using System.Net.Http.Json;
using CustomerService.Support;
using CustomerService.Support.Servers;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CustomerService.Browser.Tests;

/// <summary>An administrator shapes a site; its visitors find it so; a second administrator is not overwritten.</summary>
public sealed class SiteStoryTests(ChromiumFixture chromium) : IClassFixture<ChromiumFixture>
{
    [Fact]
    public async Task A_site_is_shaped_with_a_preview_and_its_visitors_find_it_so()
    {
        using var data = new TemporaryFolder();
        await using var server = ServerProcess.Front(["--data", data.Path]);
        await server.Start().Ready(TimeSpan.FromMinutes(3));
        var token = await server.AdminToken();
        await using var adminPerson = await chromium.Person("en-GB", 1440, 900);
        await using var visitorPerson = await chromium.Person("zh-CN");
        await using var phonePerson = await chromium.Person("en-GB", 390, 844);
        try
        {
            var admin = adminPerson.Page;
            await new ConsolePage(admin).SignIn(server.Address, ServerProcess.AdminEmail, ServerProcess.AdminPassword);
            await admin.GotoAsync(new Uri(server.Address, "/console/#/admin/sites").ToString());
            await admin.GetByRole(AriaRole.Button, new() { NameRegex = new("^Edit") }).First.ClickAsync();
            var dialog = admin.GetByRole(AriaRole.Dialog);
            await dialog.GetByRole(AriaRole.Tab, new() { Name = "Look" }).ClickAsync();
            await dialog.GetByLabel("Accent colour").FillAsync("#1d4ed8");
            await dialog.GetByLabel("Button", new() { Exact = true }).SelectOptionAsync("left");
            await dialog.GetByRole(AriaRole.Tab, new() { Name = "Form" }).ClickAsync();
            await dialog.GetByRole(AriaRole.Button, new() { Name = "Add a question" }).ClickAsync();
            await dialog.GetByLabel("Key").FillAsync("name");
            await dialog.GetByLabel("Question in Chinese").FillAsync("怎么称呼您？");
            await dialog.GetByLabel("Question in English").FillAsync("Your name");
            await dialog.GetByLabel("Required").CheckAsync();
            await dialog.GetByLabel("Consent in Chinese").FillAsync("我同意保存本次对话。");
            await Expect(dialog.GetByLabel("Preview").First).ToContainTextAsync("Your name");
            await adminPerson.Screenshot("site-1-editor");

            // Somebody else saves meanwhile: said, and nothing overwritten.
            await Rename(server, token, "Renamed meanwhile");
            await dialog.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
            await Expect(dialog.GetByText("Somebody else has just changed this site")).ToBeVisibleAsync();
            await adminPerson.Screenshot("site-2-conflict");
            await dialog.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
            await admin.ReloadAsync();
            await admin.GetByRole(AriaRole.Button, new() { NameRegex = new("^Edit: Renamed meanwhile") }).ClickAsync();
            await dialog.GetByRole(AriaRole.Tab, new() { Name = "Look" }).ClickAsync();
            await dialog.GetByLabel("Accent colour").FillAsync("#1d4ed8");
            await dialog.GetByLabel("Button", new() { Exact = true }).SelectOptionAsync("left");
            await dialog.GetByRole(AriaRole.Tab, new() { Name = "Form" }).ClickAsync();
            await dialog.GetByRole(AriaRole.Button, new() { Name = "Add a question" }).ClickAsync();
            await dialog.GetByLabel("Key").FillAsync("name");
            await dialog.GetByLabel("Question in Chinese").FillAsync("怎么称呼您？");
            await dialog.GetByLabel("Required").CheckAsync();
            await dialog.GetByLabel("Consent in Chinese").FillAsync("我同意保存本次对话。");
            await dialog.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
            await dialog.WaitForAsync(new() { State = WaitForSelectorState.Detached });

            // The visitor: on the left, in blue, asked first.
            var visitor = new WidgetPage(visitorPerson.Page);
            await visitor.Open(server.Address);
            var frame = visitorPerson.Page.FrameLocator("iframe");
            var start = frame.GetByRole(AriaRole.Button, new() { Name = "开始咨询" });
            await start.ClickAsync();
            await Expect(frame.GetByText("请填写这一项")).ToBeVisibleAsync();
            await Expect(frame.GetByText("请先勾选同意")).ToBeVisibleAsync();
            await visitorPerson.Screenshot("site-3-visitor-form");
            await FileStoryTests.Accessible(visitorPerson.Page);
            await frame.GetByLabel("怎么称呼您？").FillAsync("林女士");
            await frame.GetByLabel("我同意保存本次对话。").CheckAsync();
            await start.ClickAsync();
            await visitor.Write("在吗？");
            await Expect(visitor.Log).ToContainTextAsync("在吗？");
            await visitorPerson.Screenshot("site-4-visitor-begun");
            await admin.GotoAsync(new Uri(server.Address, "/console/#/").ToString());
            await admin.GetByRole(AriaRole.Tab, new() { NameRegex = new("^Waiting") }).ClickAsync();
            await Expect(admin.Locator("[data-list]").GetByText("林女士").First).ToBeVisibleAsync();
            var box = await visitorPerson.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("在线客服") }).BoundingBoxAsync();
            Assert.True(box!.X < 100, $"the button is at {box.X}");

            // Closed now, on a phone.
            await Close(server, token);
            await phonePerson.Page.GotoAsync(new Uri(server.Address, "/demo/").ToString());
            await phonePerson.Page.GetByRole(AriaRole.Button, new() { Name = "Open chat" }).ClickAsync();
            var phone = phonePerson.Page.FrameLocator("iframe");
            await Expect(phone.GetByText("We are closed").First).ToBeVisibleAsync();
            await Expect(phone.GetByText("Back on Monday.")).ToBeVisibleAsync();
            await phonePerson.Screenshot("site-5-phone-closed");
            await FileStoryTests.Accessible(phonePerson.Page);
            foreach (var person in new[] { adminPerson, visitorPerson, phonePerson })
                Assert.Empty(person.Violations);
        }
        catch (Exception failure)
        {
            await adminPerson.Screenshot("site-failed-admin");
            await visitorPerson.Screenshot("site-failed-visitor");
            await phonePerson.Screenshot("site-failed-phone");
            throw new InvalidOperationException($"{failure.Message}\n--- server ---\n{server.Output}", failure);
        }
    }

    private static Task Rename(ServerProcess server, string token, string name) =>
        Save(server, token, new { key = "demo", name });

    private static Task Close(ServerProcess server, string token) => Save(server, token, new
    {
        key = "demo",
        name = "Tea shop",
        closedText = new Dictionary<string, string> { ["en"] = "Back on Monday." },
        hours = new { timeZone = "UTC", week = Array.Empty<object>(), holidays = Array.Empty<string>() },
    });

    internal static async Task Save(ServerProcess server, string token, object site)
    {
        using var http = new HttpClient { BaseAddress = server.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await http.PostAsJsonAsync("/api/v1/sites", site);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }
}
