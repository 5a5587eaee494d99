using System.Security.Cryptography;
using CustomerService.Hosting;
using CustomerService.Storage.Installation;
using Microsoft.AspNetCore.DataProtection;

namespace CustomerService.WebFront.SignIn;

/// <summary>
/// Refuses to start with signing keys other than the installation's: the fronts would not accept each other's tokens, and
/// everybody would be signed out now and then. The first front leaves a sealed word, the others open it.
/// </summary>
internal sealed class KeyRingCheck(IDataProtectionProvider protection, IInstallation installation) : IHostedService
{
    private const string Purpose = "key ring check";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var seal = protection.CreateProtector(Purpose);
        var stored = await installation.Agree("key-check", seal.Protect(Purpose), cancellationToken);
        try
        {
            if (seal.Unprotect(stored) == Purpose)
                return;
        }
        catch (CryptographicException)
        {
            // Said below.
        }
        throw new StartupException(
            "The signing keys of this front are not the installation's: table signing_keys lacks the key that the first front "
            + "used. Restore it; or, to sign everybody out and go on with new keys, delete the row 'key-check' of table "
            + "installation.");
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
