using System.Net.Mail;
using System.Security.Cryptography;
using CustomerService.Grains;
using CustomerService.Hosting;
using CustomerService.Storage.Accounts;
using CustomerService.WebFront.Endpoints;

namespace CustomerService.WebFront.SignIn;

/// <summary>Makes the first administrator in a database without accounts. There is no default password.</summary>
public sealed class FirstAdministrator(
    IAccounts accounts, Passwords passwords, IIdSource ids, IConfiguration configuration) : IHostedService
{
    /// <summary>Used where the environment names nobody.</summary>
    public const string DefaultEmail = "admin@localhost";

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if ((await accounts.All(cancellationToken)).Count > 0)
            return; // Later values are ignored.
        var email = configuration["ADMIN_EMAIL"];
        var password = configuration["ADMIN_PASSWORD"];
        if (string.IsNullOrEmpty(email) != string.IsNullOrEmpty(password))
            throw new StartupException(
                "ADMIN_EMAIL and ADMIN_PASSWORD must be set both or not at all; only "
                + $"{(string.IsNullOrEmpty(email) ? "ADMIN_PASSWORD" : "ADMIN_EMAIL")} is set.");
        var generated = string.IsNullOrEmpty(email);
        if (generated)
        {
            email = DefaultEmail;
            password = NewPassword();
        }
        else if (!IsEmail(email!))
        {
            throw new StartupException("ADMIN_EMAIL is no e-mail address.");
        }
        else if (Passwords.Weakness(password, email) is { } weakness)
        {
            throw new StartupException($"ADMIN_PASSWORD is refused: the password {weakness}.");
        }
        var added = await accounts.Add(
            new Account
            {
                AgentId = ids.Next(),
                Email = AgentSignIn.Fold(email!),
                Name = "Administrator",
                PasswordHash = await passwords.Hash(password!)
                    ?? throw new InvalidOperationException("Nobody else can be signing in yet."),
                Roles = [Roles.Administrator],
            },
            cancellationToken);
        // Another front of the cluster may have been first: then its password is the one that counts.
        if (added && generated)
            await Console.Out.WriteLineAsync(
                $"""

                First administrator, shown once:
                  e-mail    {email}
                  password  {password}

                """);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>A random password of 20 characters without look-alikes (over 110 bits).</summary>
    public static string NewPassword() =>
        RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", 20);

    /// <summary>Whether it can be an e-mail address, as far as syntax tells.</summary>
    public static bool IsEmail(string? text) =>
        text is { Length: > 2 and <= AgentSignIn.EmailLengthMax } && !text.Any(char.IsWhiteSpace)
        && MailAddress.TryCreate(text, out var parsed) && parsed.Address == text;
}
