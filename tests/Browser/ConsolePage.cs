using Microsoft.Playwright;

namespace CustomerService.Browser.Tests;

/// <summary>The console in English, as its agent uses it: by what is written on it.</summary>
internal sealed class ConsolePage(IPage page)
{
    /// <summary>Everything in the open conversation, as one text.</summary>
    public ILocator Log => page.GetByRole(AriaRole.Log);

    public async Task SignIn(Uri server, string email, string password)
    {
        await page.GotoAsync(new Uri(server, "/console/").ToString());
        await page.GetByLabel("Email").FillAsync(email);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^My status") }).WaitForAsync();
    }

    public async Task GoOnline()
    {
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^My status") }).ClickAsync();
        await page.GetByRole(AriaRole.Menuitemradio, new() { Name = "Online" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "My status: Online" }).WaitForAsync();
    }

    /// <summary>Opens the line of the list that shows this preview.</summary>
    public async Task OpenConversation(string preview) =>
        await page.Locator("[data-list]").GetByRole(AriaRole.Button).Filter(new() { HasText = preview }).ClickAsync();

    public async Task Reply(string text)
    {
        await page.GetByRole(AriaRole.Tab, new() { Name = "Reply" }).ClickAsync();
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Reply" }).FillAsync(text);
        await page.Keyboard.PressAsync("Enter");
    }

    public async Task Note(string text)
    {
        await page.GetByRole(AriaRole.Tab, new() { Name = "Internal note" }).ClickAsync();
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Internal note" }).FillAsync(text);
        await page.Keyboard.PressAsync("Enter");
    }

    public async Task TransferTo(string name, string note)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Transfer" }).First.ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByText(name).ClickAsync();
        await dialog.GetByRole(AriaRole.Textbox).Last.FillAsync(note);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Transfer", Exact = true }).ClickAsync();
        await dialog.WaitForAsync(new() { State = WaitForSelectorState.Detached });
    }

    public async Task Close(string reason)
    {
        await page.GetByRole(AriaRole.Group, new() { Name = "Conversation actions" })
            .GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByRole(AriaRole.Textbox).FillAsync(reason);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Close conversation" }).ClickAsync();
        await dialog.WaitForAsync(new() { State = WaitForSelectorState.Detached });
    }
}
