#include "common/parser.hpp"

#include "common/parts.hpp"
#include "limsym/base/error.hpp"
#include "support.hpp"

using namespace limsym;

namespace {

struct Fixture {
    double noise = 1.0;
    bool loud = false;
    std::string name = "none";
    cli::Command command{"echo", "for tests"};

    Fixture() {
        command.number(noise, "--noise", "V", cli::Range::not_negative(), "Noise");
        command.flag(loud, "--loud", "Say more").short_name = "-l";
        command.text(name, "--name", "NAME", "Name").short_name = "-n";
    }
    cli::ParsedWords parse(const std::vector<std::string>& words) {
        std::vector<const cli::OptionSpec*> specs;
        for (const cli::BoundOption& option : command.parts().options)
            specs.push_back(&option.spec);
        return cli::parse_words(specs, words);
    }
    std::string error(const std::vector<std::string>& words) {
        return tests::message_of<base::InputError>([&] { return parse(words).operands.size(); });
    }
};

} // namespace

TEST_CASE("words become options in order, and operands") {
    Fixture fixture;
    const cli::ParsedWords parsed = fixture.parse({"a", "--noise", "-0.5", "-l", "-nx", "b", "--", "--noise", "-"});
    REQUIRE(parsed.options.size() == 3);
    CHECK(parsed.options[0].first->name == "--noise");
    CHECK(parsed.options[0].second == "-0.5");
    CHECK(parsed.options[1].first->name == "--loud");
    CHECK(parsed.options[2].second == "x");
    CHECK(parsed.operands == std::vector<std::string>{"a", "b", "--noise", "-"});
}

TEST_CASE("values arrive as they were given") {
    Fixture fixture;
    for (const std::string text : {"[1,2]", "{}", "a=b", "--", "a b", "%x", "'q'", "\"q\"", "é"})
        CHECK(fixture.parse({"--name", text}).options.at(0).second == text);
    CHECK(fixture.parse({"--name=a=b"}).options.at(0).second == "a=b");
    CHECK(fixture.parse({"--name=[1,2]"}).options.at(0).second == "[1,2]");
    CHECK(fixture.parse({"--name=", "x"}).options.at(0).second.empty());
}

TEST_CASE("one sentence for every mistake") {
    Fixture fixture;
    CHECK(fixture.error({"--nosie", "1"}) == "--nosie: unknown option; did you mean --noise?");
    CHECK(fixture.error({"--nosie=1"}) == "--nosie: unknown option; did you mean --noise?");
    CHECK(fixture.error({"--noi", "1"}) == "--noi: unknown option; did you mean --noise?");
    CHECK(fixture.error({"-z"}) == "-z: unknown option");
    CHECK(fixture.error({"--noise"}) == "--noise: no value given; expected >= 0");
    CHECK(fixture.error({"-n"}) == "--name: no value given; expected NAME");
    CHECK(fixture.error({"--loud=1"}) == "--loud: takes no value");
    CHECK(fixture.error({"--name", "a", "-n", "b"}) == "--name: given twice; expected at most once");
}

TEST_CASE("an option that repeats keeps every value, and the command line replaces the file's") {
    std::vector<std::string> priors{"default"};
    cli::Command command("echo", "for tests");
    command.texts(priors, "--prior", "EXPR", "Priors");
    cli::BoundOption& option = command.parts().options.front();
    const cli::ParsedWords parsed = cli::parse_words({&option.spec}, {"--prior", "a", "--prior=b"});
    REQUIRE(parsed.options.size() == 2);
    option.set("c", "x.toml:1: prior");
    CHECK(priors == std::vector<std::string>{"c"});
    for (const auto& [spec, text] : parsed.options)
        option.set(text, spec->name);
    CHECK(priors == std::vector<std::string>{"a", "b"});
}
