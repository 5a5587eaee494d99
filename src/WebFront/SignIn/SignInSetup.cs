using CustomerService.Storage.Accounts;
using CustomerService.WebFront.Endpoints;
using CustomerService.WebFront.VisitorSessions;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace CustomerService.WebFront.SignIn;

/// <summary>Registration of sign-in, visitors' tokens and keys.</summary>
public static class SignInSetup
{
    /// <summary>Keys are shared by all that carry this name: it never changes.</summary>
    private const string ApplicationName = "Orleans.CustomerService";

    /// <summary>Adds both kinds of callers: schemes, policies, sessions, throttle, signing keys.</summary>
    public static IServiceCollection AddSignIn(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<SignInOptions>().Bind(configuration.GetSection("SignIn"))
            .ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<Origins>();

        services.AddSingleton<IPasswordHasher<Account>, PasswordHasher<Account>>();
        services.AddSingleton<Passwords>();
        services.AddSingleton<GuessThrottle>();
        services.AddSingleton<AgentTokens>();
        services.AddSingleton<AgentSignIn>();
        services.AddSingleton<AgentSessionCache>();
        services.AddSingleton<IAgentSessionCache>(s => s.GetRequiredService<AgentSessionCache>());
        services.AddHostedService(s => s.GetRequiredService<AgentSessionCache>());
        services.AddSingleton<VisitorTokens>();
        services.AddSingleton<SiteSecrets>();

        services.AddDataProtection().SetApplicationName(ApplicationName);
        services.AddSingleton<StoredKeys>();
        services.AddHostedService<KeyRingCheck>();
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(s =>
            new ConfigureOptions<KeyManagementOptions>(o => o.XmlRepository = s.GetRequiredService<StoredKeys>()));

        services.AddAuthentication()
            .AddScheme<AuthenticationSchemeOptions, VisitorAuthentication>(Caller.VisitorScheme, null)
            .AddScheme<AuthenticationSchemeOptions, AgentAuthentication>(Caller.AgentScheme, null);
        services.AddAccess();
        return services;
    }
}
