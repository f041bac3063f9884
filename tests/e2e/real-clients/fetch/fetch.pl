# Asks for each URL once: fetch.pl LIBRARY URL...; how it went is for the witnesses to say.
use strict;
use warnings;

$SIG{PIPE} = 'IGNORE'; # a tunnel that closes is one URL's failure, not the end
my ($library, @urls) = @ARGV;
eval "require $library" or die "no $library\n";
if ("@urls" eq '--version') {
    print $library->VERSION, "\n";
    exit;
}
for my $url (@urls) {
    my $agent = eval { $library eq 'LWP::UserAgent' ? $library->new(env_proxy => 1, timeout => 5) : $library->new(timeout => 5) };
    eval { $agent->get($url) };
    warn "$url $@" if $@;
}
