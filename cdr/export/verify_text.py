"""VERIFY.txt of a bundle, in both languages."""

VERIFY = """\
如何验证本证据包 (English below)
================================
本包是一通电话的完整记录。只需 openssl 3.0 或更高版本以及 sha256sum 即可验证,无需本系统的任何程序。
在解压后的文件夹中依次执行:

1. 清单的签名(输出应为 Signature Verified Successfully):

   openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in MANIFEST.sha256 -sigfile MANIFEST.sig

2. 清单中的每个文件(每行应为 OK):

   sha256sum -c MANIFEST.sha256

3. 公钥是否属于该热线。请通过其他渠道(例如公证、公告或书面函件)取得公钥指纹,与下列输出比对:

   openssl pkey -pubin -in public.pem -outform DER | sha256sum

4. 签名的链头(记录在何时之前已经存在;输出应为 Signature Verified Successfully):

{heads}

   .msg 文件中依次为:标记、条目序号、该条目的哈希、签名时间(UTC)、前一个签名的哈希。

5. 每条记录与链(可选;只需 Python 3 的标准库):

   python3 verify.py

   它由 records.json 和其中的盐值重新计算每个字段的摘要、每条记录的摘要、每个链条目的哈希,
   并检查 chain.json 中从最早条目到链头的哈希是否相连。

录音的 SHA-256 同时写在 record.json 的 recordings 一节中,与 recordings/ 下的文件逐一对应。
.alaw 文件是录制时的原始数据(ITU-T G.711 A 律,8000 Hz,单声道);旁边同名的 .wav 只在其前加了 58 字节的文件头,
供普通播放器收听。下列命令应无输出:

   for f in recordings/*.alaw; do tail -c +59 "${{f%.alaw}}.wav" | cmp - "$f"; done

值为空且在 records.json 中标为 erased 的字段,是依法删除的个人信息;其余字段仍可验证。
record.json 中的号码{masked_zh}。


How to verify this bundle
=========================
This is the whole record of one call. openssl 3.0 or later and sha256sum are enough; no program of this
system is needed. In the unpacked folder, run in this order:

1. The signature of the list of files (must say: Signature Verified Successfully):

   openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in MANIFEST.sha256 -sigfile MANIFEST.sig

2. Every file in the list (every line must say OK):

   sha256sum -c MANIFEST.sha256

3. That the public key is the hotline's. Obtain its fingerprint by another way (a notary, a public notice, a
   letter) and compare it with what this prints:

   openssl pkey -pubin -in public.pem -outform DER | sha256sum

4. The signed heads of the chain (that the records were there by then; must say the same):

{heads}

   A .msg file holds: a tag, the number of the entry, its hash, the time of signing (UTC), the hash of the
   signature before it.

5. Each record against the chain (optional; needs the standard library of Python 3 only):

   python3 verify.py

   From records.json and the salts in it, it computes the digest of every field, of every record, and the hash
   of every entry of the chain, and checks that the hashes in chain.json are linked up to the signed head.

The SHA-256 of each recording also stands in record.json, under recordings, beside the name of its file.
A .alaw file is what was recorded (ITU-T G.711 A-law, 8,000 Hz, mono); the .wav file of the same name is that
behind a header of 58 bytes, for any player. This must print nothing:

   for f in recordings/*.alaw; do tail -c +59 "${{f%.alaw}}.wav" | cmp - "$f"; done

Fields that are empty and marked as erased in records.json are personal data that were erased by law; all
other fields can still be verified. Numbers in record.json are {masked_en}.
"""
