#include <cmath>
#include <cstring>
#include <thread>

#include <zlib.h>

#include "limsym/base/error.hpp"
#include "limsym/base/output.hpp"
#include "limsym/base/random.hpp"
#include "limsym/data/hdf5.hpp"
#include "limsym/data/kernel_document.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/data/npy.hpp"
#include "limsym/data/records.hpp"
#include "limsym/data/table.hpp"
#include "support.hpp"

using namespace limsym::data;
using limsym::base::InputError;
using limsym::base::WorkError;
using limsym::tests::file_text;
using limsym::tests::message_of;
using limsym::tests::TemporaryFolder;

namespace {

std::string npy_bytes(const arma::mat& matrix) {
    std::string bytes;
    write_npy([&](std::string_view part) { bytes += part; }, matrix);
    return bytes;
}

/// An npy file of version 1, 2 or 3 with any header and payload.
std::string npy_file(const std::string& header, const std::string& payload, char version = 1) {
    std::string bytes = std::string("\x93NUMPY") + version + '\0';
    const std::size_t size = header.size();
    bytes += static_cast<char>(size & 0xff);
    bytes += static_cast<char>(size >> 8);
    if (version > 1) bytes += std::string(2, '\0');
    return bytes + header + payload;
}

template <typename Number>
std::string bytes_of(const std::vector<Number>& numbers) {
    return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number)};
}

arma::mat read(const std::string& file) {
    return read_matrix({file, {}, ""});
}

bool same(const arma::mat& a, const arma::mat& b) {
    return a.n_rows == b.n_rows && a.n_cols == b.n_cols && std::equal(a.begin(), a.end(), b.begin());
}

std::string gzipped(const std::string& bytes) {
    const TemporaryFolder folder;
    const gzFile file = gzopen(folder.file("z").c_str(), "wb");
    gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
    gzclose(file);
    return file_text(folder.file("z"));
}

std::string header(const std::string& type, const std::string& order, const std::string& shape) {
    return "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}

} // namespace

TEST_CASE("npy: types, orders, versions") {
    const TemporaryFolder folder;
    const arma::mat wanted{{1, 2, 3}, {4, 5, 6}};
    const auto check = [&](const std::string& bytes) { CHECK(same(read(folder.file("a.npy", bytes)), wanted)); };
    const std::string c_order = "(2, 3)";
    check(npy_file(header("<f8", "False", c_order), bytes_of<double>({1, 2, 3, 4, 5, 6})));
    check(npy_file(header("<f4", "False", c_order), bytes_of<float>({1, 2, 3, 4, 5, 6}), 2));
    check(npy_file(header("<i8", "True", c_order), bytes_of<std::int64_t>({1, 4, 2, 5, 3, 6}), 3));
    check(npy_file(header("<i4", "True", c_order), bytes_of<std::int32_t>({1, 4, 2, 5, 3, 6})));
    check(npy_file(header("|u1", "False", "(2,3)"), bytes_of<std::uint8_t>({1, 2, 3, 4, 5, 6})));
    check(
        npy_file("{\"shape\":(2,3),\"descr\":\"<f8\",\"fortran_order\":False}", bytes_of<double>({1, 2, 3, 4, 5, 6})));
    CHECK(same(read(folder.file("v.npy", npy_file(header("<f8", "False", "(3,)"), bytes_of<double>({1, 2, 3})))),
               arma::mat(arma::vec{1, 2, 3})));
    const std::string bytes = npy_bytes(wanted);
    CHECK(bytes.size() == 128 + 48);
    CHECK(bytes.find("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }") == 10);
    CHECK(bytes[127] == '\n');
    std::string single;
    write_npy([&](std::string_view part) { single += part; }, arma::fmat{{1, 2, 3}, {4, 5, 6}});
    CHECK(single.size() == 128 + 24);
    check(single);
    CHECK(same(read(folder.file("b", bytes)), wanted));
    CHECK(same(read(folder.file("b.npy.gz", gzipped(bytes))), wanted));
}

TEST_CASE("npy: bad files") {
    const TemporaryFolder folder;
    const auto error = [&](const std::string& bytes) {
        const std::string file = folder.file("a.npy", bytes);
        const std::string message = message_of<InputError>([&] { return read(file); });
        return message.starts_with(file) ? message.substr(file.size()) : "?" + message;
    };
    const std::string six = bytes_of<double>({1, 2, 3, 4, 5, 6});
    CHECK(error(npy_file(header("<c16", "False", "(2, 3)"), six)) ==
          ": holds numbers of type '<c16'; expected one of <f8 <f4 <i8 <i4 |u1");
    CHECK(error(npy_file(header(">f8", "False", "(2, 3)"), six)).starts_with(": holds numbers of type '>f8'"));
    CHECK(error(npy_file("{'descr': [('a','<f8')], 'fortran_order': False, 'shape': (2, 3), }", six))
              .starts_with(": holds records"));
    CHECK(error(npy_file(header("<f8", "False", "(1, 2, 3)"), six)) ==
          ": holds an array of 3 dimensions; expected 1 or 2");
    CHECK(error(npy_file(header("<f8", "False", "()"), six)) == ": holds an array of 0 dimensions; expected 1 or 2");
    CHECK(error(npy_file(header("<f8", "False", "(2, 4)"), six)) ==
          ": holds 48 bytes of numbers; expected 64 by its header");
    CHECK(error(npy_file(header("<f8", "False", "(2, 2)"), six)) ==
          ": holds 48 bytes of numbers; expected 32 by its header");
    CHECK(error(npy_file(header("<f8", "False", "(4294967296, 4294967296)"), six)).starts_with(": says that it holds"));
    CHECK(error(npy_file(header("<f8", "False", "(99999999999999999999999, 1)"), six)).size() > 10);
    CHECK(error(npy_file(header("<f8", "False", "(2305843009213693952, 8)"), six)).starts_with(": says that"));
    CHECK(error(npy_file(header("<f8", "False", "(0, 3)"), "")) == ": holds no rows; expected at least one");
    CHECK(error(npy_file(header("<f8", "Maybe", "(2, 3)"), six)) == ": has a damaged npy header");
    CHECK(error(npy_file(header("<f8", "False", "(-2, 3)"), six)) == ": has a damaged npy header");
    CHECK(error(npy_file(header("<f8", "False", "(2, 3)") + "x", six)) == ": has a damaged npy header");
    CHECK(error(npy_file(header("<f8", "False", "(2, 3)"), six, 4)).starts_with(": has npy format version 4.0"));
    CHECK(error(npy_file(header("<f8", "False", "(2, 3)"), bytes_of<double>({1, 2, 3, 4, std::nan(""), 6}))) ==
          ": row 2, column 2 is nan; expected a finite number");
    CHECK(error(npy_file(header("<f4", "True", "(2, 3)"), bytes_of<float>({1, 2, 3, -INFINITY, 5, 6}))) ==
          ": row 2, column 2 is -inf; expected a finite number");
    const std::string whole = npy_bytes({{1, 2, 3}, {4, 5, 6}});
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
        CHECK_MESSAGE(!error(whole.substr(0, cut)).empty(), "cut at " << cut);
        const std::string packed = folder.file("a.npy.gz", gzipped(whole.substr(0, cut)));
        CHECK_THROWS_AS((void)read(packed), InputError);
    }
}

TEST_CASE("idx: the layout of MNIST") {
    const TemporaryFolder folder;
    const std::string images("\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\0\x02\x01\x02\x03\x04\x05\x06\x07\xff", 24);
    const arma::mat wanted{{1, 2, 3, 4}, {5, 6, 7, 255}};
    CHECK(same(read(folder.file("train-images-idx3-ubyte", images)), wanted));
    CHECK(same(read(folder.file("x.gz", gzipped(images))), wanted));
    CHECK(same(read(folder.file("l", std::string("\0\0\x08\x01\0\0\0\x02\x07\x09", 10))), arma::mat(arma::vec{7, 9})));
    CHECK(same(read(folder.file("s", std::string("\0\0\x0b\x01\0\0\0\x02\x01\x02\xff\xfe", 12))),
               arma::mat(arma::vec{258, -2})));
    CHECK(same(read(folder.file("d", std::string("\0\0\x0e\x01\0\0\0\x01\x3f\xf8\0\0\0\0\0\0", 16))),
               arma::mat(arma::vec{1.5})));
    for (std::size_t cut = 0; cut < images.size(); ++cut)
        CHECK_THROWS_AS((void)read_matrix({folder.file("c", images.substr(0, cut)), Format::idx, ""}), InputError);
    CHECK_THROWS_AS((void)read(folder.file("e", images + "x")), InputError);
}

TEST_CASE("gzip: every text format, and damage") {
    const TemporaryFolder folder;
    const std::string csv = "a,b\n1,2\n3,4\n";
    const std::string packed = gzipped(csv);
    CHECK(same(read(folder.file("a.csv.gz", packed)), {{1, 2}, {3, 4}}));
    CHECK(same(read(folder.file("a", packed)), {{1, 2}, {3, 4}}));
    CHECK(same(read(folder.file("a.json.gz", gzipped("[[1,2],[3,4]]"))), {{1, 2}, {3, 4}}));
    for (std::size_t cut = 2; cut < packed.size(); ++cut)
        CHECK_THROWS_AS((void)read(folder.file("a.csv.gz", packed.substr(0, cut))), InputError);
    std::string damaged = packed;
    damaged[damaged.size() - 6] = static_cast<char>(damaged[damaged.size() - 6] ^ 1);
    CHECK_THROWS_AS((void)read(folder.file("a.csv.gz", damaged)), InputError);
}

TEST_CASE("hdf5: round trip, choice of dataset, determinism") {
    const TemporaryFolder folder;
    limsym::base::RandomStream random(7, "hdf5");
    arma::mat large(700, 1100);
    for (double& value : large)
        value = random.uniform() - 0.5;
    const Hdf5Content content{{{"/nngp", arma::mat{{1, 2, 3}, {4, 5, 6}}}, {"/model/factor", large}},
                              {{"/model/record", "{\"a\":\"é\"}"}, {"/empty", ""}}};
    const std::string file = folder.file("a.h5");
    write_hdf5(file, content);
    const Hdf5Content back = read_hdf5(file);
    CHECK(back.strings == content.strings);
    CHECK(back.matrices.size() == 2);
    CHECK(same(back.matrices.at("/nngp"), content.matrices.at("/nngp")));
    CHECK(same(back.matrices.at("/model/factor"), large));
    CHECK(same(read_matrix({file, {}, "nngp"}), content.matrices.at("/nngp")));
    CHECK(message_of<InputError>([&] { return read(file); }) ==
          file + ": holds several datasets; choose one with --dataset: /model/factor, /nngp");
    CHECK(message_of<InputError>([&] { return read_hdf5_matrix(file, "/gone"); }) ==
          file + ": holds no dataset '/gone'; expected one of /model/factor, /nngp");
    CHECK(message_of<InputError>([&] { return read_hdf5_matrix(file, "/empty"); }) ==
          file + ":/empty: holds no numbers; expected a numeric dataset");
    const std::string first = file_text(file);
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));
    write_hdf5(file, content);
    CHECK(file_text(file) == first);
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);

    const std::string one = folder.file("one.h5");
    write_hdf5(one, {{{"/k", arma::mat(arma::vec{1, 2})}}, {{"/note", "x"}}});
    CHECK(same(read(one), arma::mat(arma::vec{1, 2})));
    CHECK(same(read(folder.file("packed", gzipped(file_text(one)))), arma::mat(arma::vec{1, 2})));
    write_hdf5(one, {{{"/k", arma::mat(1, 2, arma::fill::value(NAN))}}, {}});
    CHECK(message_of<InputError>([&] { return read(one); }) ==
          one + ":/k: row 1, column 1 is not finite; expected a finite number");
    CHECK_THROWS_AS(write_hdf5(folder.file("absent/x.h5"), content), InputError);
    CHECK(message_of<InputError>([&] {
              return read(folder.file("text.h5", "1,2\n"));
          }).starts_with(folder.file("text.h5") + ": is not an HDF5 file"));
}

TEST_CASE("hdf5: truncated files are refused") {
    const TemporaryFolder folder;
    const std::string file = folder.file("a.h5");
    write_hdf5(file, {{{"/a/b", arma::mat(20, 30, arma::fill::ones)}}, {{"/note", "text"}}});
    const std::string whole = file_text(file);
    for (std::size_t cut = 0; cut < whole.size(); cut += 1 + whole.size() / 150)
        CHECK_THROWS_AS((void)read_hdf5(folder.file("cut.h5", whole.substr(0, cut))), InputError);
}

TEST_CASE("gram matrices: documents, layouts, bare files") {
    const TemporaryFolder folder;
    const arma::mat wanted{{2, 1, 4}, {1, 3, 5}, {4, 5, 6}};
    const auto gram = [&](const std::string& name, const std::string& content,
                          const std::optional<std::string>& which = std::nullopt) {
        return read_gram({folder.file(name, content), {}, ""}, which);
    };
    const std::string full = "[[2,1,4],[1,3,5],[4,5,6]]";
    const std::string matrix = R"({"schema":"limsym/matrix@1","rows":3,"cols":3,"data":)" + full + "}";
    for (const std::string& text :
         {full, matrix, R"({"schema":"limsym/kernel@1","nngp":)" + matrix + R"(,"ntk":[[9]]})",
          R"({"schema":"limsym/kernel@1","ntk":)" + matrix + "}", R"({"nngp":)" + full + "}",
          std::string("[2,1,4]\n[1,3,5]\n[4,5,6]\n"), std::string("2,1,4\n1,3,5\n4,5,6\n")})
        CHECK_MESSAGE(same(gram("k", text).values, wanted), text);
    const GramMatrix lower = gram("k.json", R"({"schema":"limsym/kernel@1","layout":"lower","log2_scale":-1074,)"
                                            R"("nngp":{"rows":3,"cols":3,"data":[[2],[1,3],[4,5,6]]}})");
    CHECK(same(lower.values, wanted));
    CHECK(lower.log2_scale == -1074);
    CHECK(gram("k.json", R"({"nngp":[[1]],"ntk":[[9]]})", "ntk").values(0, 0) == 9.0);
    CHECK(gram("k.json", R"({"nngp":[[1]],"ntk":[[9]]})").values(0, 0) == 1.0);
    CHECK_THROWS_AS((void)gram("k.json", R"({"ntk":[[9]]})", "nngp"), InputError);
    CHECK(scaled_values({arma::mat(1, 1, arma::fill::value(3)), -1}, "k")(0, 0) == 1.5);
    CHECK(scaled_values({arma::mat(1, 1, arma::fill::value(0x1p-1000)), 1100}, "k")(0, 0) == 0x1p100);
    for (const long scale : {1024L, -1100L, 1L << 40, -(1L << 40)})
        CHECK_THROWS_AS((void)scaled_values({arma::mat(1, 1, arma::fill::value(1)), scale}, "k"), WorkError);
    const auto error = [&](const std::string& content) {
        std::string message = message_of<InputError>([&] { return gram("k.json", content).log2_scale; });
        return message.substr(std::min(message.size(), folder.path().string().size() + 1));
    };
    CHECK(error(R"({"layout":"lower","nngp":[[1],[2]]})") ==
          "k.json:/nngp/1: 1 numbers; expected 2 in a row of the lower triangle");
    CHECK(error(R"({"layout":"upper","nngp":[[1]]})") ==
          "k.json:/layout: 'upper' is unknown; expected one of full, lower");
    CHECK(error(R"({"schema":"limsym/kernel@1"})") == "k.json:/: holds no kernel; expected a key nngp or ntk");
    CHECK(error(R"({"schema":"limsym/kernel@2","nngp":[[1]]})") ==
          "k.json:/schema: 'limsym/kernel@2' is an unknown version; expected limsym/kernel@1");
    CHECK(error(R"({"nngp":[[1,2],[3]]})") == "k.json:/nngp/1: 1 numbers; expected 2");
    const std::string file = folder.file("k.h5");
    write_hdf5(file, {{{"/nngp", wanted},
                       {"/ntk", arma::mat(1, 1, arma::fill::value(9))},
                       {"/log2_scale", arma::mat(1, 1, arma::fill::value(-3))}},
                      {}});
    CHECK(same(read_gram({file, {}, ""}, "nngp").values, wanted));
    CHECK(read_gram({file, {}, ""}, "nngp").log2_scale == -3);
    CHECK(read_gram({file, {}, ""}, "ntk").values(0, 0) == 9.0);
    CHECK(read_gram({file, {}, "/ntk"}, "nngp").values(0, 0) == 9.0);
    std::string large = R"({"layout":"lower","nngp":[)";
    for (int i = 0; i < 150; ++i) {
        large += i > 0 ? ",[" : "[";
        for (int j = 0; j <= i; ++j)
            large += (j > 0 ? "," : "") + std::to_string(1000 * i + j);
        large += "]";
    }
    const arma::mat values = gram("k.json", large + "]}").values;
    for (arma::uword i = 0; i < 150; ++i)
        for (arma::uword j = 0; j < 150; ++j)
            CHECK(values(i, j) == static_cast<double>(1000 * std::max(i, j) + std::min(i, j)));
}

TEST_CASE("records: shards merge to the whole") {
    using limsym::base::Partition;
    using limsym::base::Shard;
    const TemporaryFolder folder;
    const std::size_t total = 7;
    for (const Partition rule : {Partition::modulo, Partition::blocks}) {
        std::vector<std::string> whole;
        for (std::size_t i = 0; i < total; ++i)
            whole.push_back("{\"item\": " + std::to_string(i) + "}");
        std::vector<std::string> files;
        std::vector<std::string> texts;
        for (std::size_t k = 0; k < 3; ++k) {
            const Shard shard{k, 3};
            std::string text;
            for (std::size_t j = 0; j < shard.size(total, rule); ++j)
                text += whole[shard.item(j, total, rule)] + "\n";
            text += to_text(ShardLine{"cv", shard, total, "abc"}) + "\n";
            texts.push_back(text);
            files.push_back(folder.file("s" + std::to_string(k), text));
        }
        const MergedRecords merged = merge_records({files[2], files[0], files[1]}, rule);
        CHECK(merged.lines == whole);
        CHECK(merged.command == "cv");
        CHECK(merged.job == "abc");
        const auto error = [&](const std::vector<std::string>& given) {
            return message_of<InputError>([&] { return merge_records(given, rule).lines.size(); });
        };
        CHECK(error({files[0], files[2]}) == "shard 1/3 is missing");
        CHECK(error({files[0], files[1], files[2], files[1]}) ==
              files[1] + ": shard 1/3 is given twice; " + files[1] + " holds it already");
        const auto with = [&](const std::string& text) {
            return error({files[0], folder.file("other", text), files[2]});
        };
        const std::string other = folder.file("other");
        const std::string end = to_text(ShardLine{"cv", {1, 3}, total, "abc"}) + "\n";
        const std::string body = texts[1].substr(0, texts[1].size() - end.size());
        CHECK(with(body) == other + ": is no complete shard: its last line, limsym/shard@1, is missing");
        CHECK(with(texts[1].substr(texts[1].find('\n') + 1)).find("records; expected") != std::string::npos);
        CHECK(with(body + to_text(ShardLine{"cv", {1, 3}, total, "xyz"})) ==
              other + ": is a shard of another sweep: its job is 'xyz'; expected 'abc' as in " + files[0]);
        CHECK(with(body + to_text(ShardLine{"tune", {1, 3}, total, "abc"})).find("its command is 'tune'") !=
              std::string::npos);
        CHECK(with(body + to_text(ShardLine{"cv", {1, 4}, total, "abc"})).find("its number of shards") !=
              std::string::npos);
        CHECK(with(texts[1] + "{}\n").find("a line after the end of the shard") != std::string::npos);
        for (std::size_t cut = 0; cut + 1 < texts[1].size(); ++cut)
            CHECK_THROWS_AS(
                (void)merge_records({files[0], folder.file("other", texts[1].substr(0, cut)), files[2]}, rule),
                InputError);
    }
    CHECK_THROWS_AS((void)merge_records({}, Partition::modulo), InputError);
}
