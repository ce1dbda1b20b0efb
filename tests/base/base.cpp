#include <atomic>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "limsym/base/checkpoint.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/hash.hpp"
#include "limsym/base/input.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/base/number.hpp"
#include "limsym/base/output.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/base/shard.hpp"
#include "support.hpp"

using namespace limsym::base;
using limsym::tests::message_of;
using limsym::tests::TemporaryFolder;

TEST_CASE("error: places, suggestions and quoting") {
    CHECK(std::string(InputError(at_line("x.csv", 3), "4 columns; expected 5").what()) ==
          "x.csv:3: 4 columns; expected 5");
    CHECK(at_pointer("net.json", "/layers/0") == "net.json:/layers/0");
    CHECK(did_you_mean("sigma_W", {"sigma_w", "sigma_b"}) == "; did you mean sigma_w?");
    CHECK(did_you_mean("inverse_gama", {"inverse_gamma", "gamma"}) == "; did you mean inverse_gamma?");
    CHECK(did_you_mean("zzz", {"sigma_w"}).empty());
    CHECK(quoted("a\nb") == "'a\\x0ab'");
}

TEST_CASE("number: shortest digits, strict parsing") {
    CHECK(number_text(100000.0) == "100000");
    CHECK(number_text(0.1) == "0.1");
    CHECK(number_text(-0.0) == "0");
    CHECK(number_text(1e300) == "1e+300");
    CHECK(parse_number("1e-400") == 0.0);
    CHECK(parse_number("-2.5e3") == -2500.0);
    CHECK(parse_number("+.5") == 0.5);
    for (const char* bad : {"", "nan", "inf", "1e400", "1,5", "1 ", "0x10", "--1", "+-1", "1e", "-"})
        CHECK_MESSAGE(!parse_number(bad), std::string(bad));
    CHECK(spells_non_finite("-Infinity"));
    CHECK(parse_number("1" + std::string(400, '0') + "e-400") == 1.0);
    CHECK(parse_number("0." + std::string(400, '0') + "1e5") == 0.0);
    CHECK(!parse_number("1" + std::string(500, '0') + "e-5"));
    CHECK(parse_number("0e999999999999") == 0.0);
    CHECK(parse_size("64K") == 65536U);
    CHECK(parse_size("1.5GiB") == 1610612736U);
    CHECK(!parse_size("-1"));
    for (const double value : {1.0 / 3.0, 5e-324, 1.7976931348623157e308, 123456789.125})
        CHECK(parse_number(number_text(value)) == value);
}

TEST_CASE("hash: known digests") {
    CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(crc32("123456789", 9) == 0xcbf43926U);
}

TEST_CASE("parallel: every index once, smallest failure wins, sums do not depend on threads") {
    for (const unsigned threads : {1U, 2U, 4U}) {
        const ThreadLimit limit(threads);
        std::vector<std::atomic<int>> seen(1000);
        CHECK(thread_limit() == threads);
        parallel_for(seen.size(), [&](std::size_t i) { ++seen[i]; });
        for (const auto& count : seen)
            CHECK(count == 1);
        for (int repeat = 0; repeat < 20; ++repeat)
            CHECK(message_of<WorkError>([] {
                      parallel_for(100, [](std::size_t i) {
                          if (i % 10 == 7) throw WorkError("piece " + std::to_string(i));
                      });
                  }) == "piece 7");
    }
    const auto term = [](std::size_t i) { return std::sin(static_cast<double>(i)) / 3.0; };
    const double one = (ThreadLimit(1), parallel_sum(100001, term));
    const ThreadLimit limit(3);
    CHECK(parallel_sum(100001, term) == one);
}

TEST_CASE("parallel: a stop request interrupts") {
    Monitor monitor;
    monitor.stop_requested = [] { return true; };
    CHECK_THROWS_AS(parallel_for(
                        100, [](std::size_t) {}, monitor, "test"),
                    Interrupted);
}

TEST_CASE("atomic file: no name before commit, nothing left without it") {
    const TemporaryFolder folder;
    const std::string name = folder.file("out.txt");
    {
        AtomicFile file(name);
        file.write("lost");
        CHECK(!std::filesystem::exists(name));
    }
    CHECK(std::filesystem::is_empty(folder.path()));
    write_file(name, "first");
    write_file(name, "second");
    CHECK(limsym::tests::file_text(name) == "second");
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
    CHECK_THROWS_AS(AtomicFile(folder.file("absent/out.txt")), InputError);
    CHECK(message_of<WorkError>([] { write_file("/dev/full", "x"); }) ==
          "/dev/full: write error: No space left on device");
}

TEST_CASE("input: plain and missing files") {
    const TemporaryFolder folder;
    InputFile file(folder.file("a.txt", "one two"));
    CHECK(file.peek() == "one two");
    CHECK(file.read_all() == "one two");
    CHECK_THROWS_AS(InputFile(folder.file("missing")), InputError);
    CHECK_THROWS_AS(InputFile(folder.path().string()), InputError);
}

TEST_CASE("input: gzip is unpacked, damage is named") {
    const TemporaryFolder folder;
    const std::string name = folder.file("a.txt", std::string(100000, 'x') + "end");
    REQUIRE(std::system(("gzip " + name).c_str()) == 0);
    CHECK(InputFile(name + ".gz").read_all() == std::string(100000, 'x') + "end");
    const std::string bytes = limsym::tests::file_text(name + ".gz");
    for (const std::size_t cut : {std::size_t{15}, bytes.size() / 2, bytes.size() - 1})
        CHECK_THROWS_AS((void)InputFile(folder.file("cut.gz", bytes.substr(0, cut))).read_all(), InputError);
}

TEST_CASE("checkpoint: bound to options, refuses damage") {
    const TemporaryFolder folder;
    const std::string name = folder.file("c");
    const Identity identity{{"--lr", "0.1"}, {"data", "abc"}};
    const std::string payload("state\0with zero", 15);
    save_checkpoint(name, "test", identity, payload);
    CHECK(load_checkpoint(name, "test", identity) == payload);
    CHECK(message_of<InputError>([&] {
              return load_checkpoint(name, "test", {{"--lr", "0.2"}, {"data", "abc"}});
          }) == name + ": was made with --lr '0.1'; now it is '0.2'");
    CHECK_THROWS_AS((void)load_checkpoint(name, "other", identity), InputError);
    CHECK_THROWS_AS((void)load_checkpoint(name, "test", {{"--lr", "0.1"}}), InputError);
    std::string bytes = limsym::tests::file_text(name);
    for (std::size_t cut = 0; cut < bytes.size(); ++cut)
        CHECK_THROWS_AS((void)load_checkpoint(folder.file("cut", bytes.substr(0, cut)), "test", identity), InputError);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    CHECK_THROWS_AS((void)load_checkpoint(folder.file("flip", bytes), "test", identity), InputError);
}

TEST_CASE("shard: both rules deal every item once") {
    for (const Partition rule : {Partition::modulo, Partition::blocks})
        for (const std::size_t total : {0U, 1U, 7U, 12U})
            for (const std::size_t count : {1U, 3U, 5U, 20U}) {
                std::vector<int> seen(total, 0);
                for (std::size_t k = 0; k < count; ++k) {
                    const Shard shard{k, count};
                    for (std::size_t j = 0; j < shard.size(total, rule); ++j) {
                        const std::size_t item = shard.item(j, total, rule);
                        CHECK(shard.owns(item, total, rule));
                        ++seen[item];
                    }
                }
                for (const int times : seen)
                    CHECK(times == 1);
            }
    CHECK(Shard::parse("1/4").index == 1);
    for (const char* bad : {"4/4", "-1/2", "1", "1/0", "a/b", "1/2/3"})
        CHECK_THROWS_AS((void)Shard::parse(bad), InputError);
}

TEST_CASE("memory: refuses with both numbers") {
    CHECK(message_of<WorkError>([] { MemoryBudget{65536}.require(320000, "the Gram matrix"); }) ==
          "the Gram matrix needs 320000 bytes, --max-memory allows 65536");
    CHECK(saturating_product(1ULL << 40U, 1ULL << 40U) == static_cast<std::uint64_t>(-1));
    CHECK(MemoryBudget::of_machine().bytes > 1000000);
}
