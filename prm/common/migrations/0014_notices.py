
import django.db.models.deletion
import prm.common.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('common', '0013_business_calendars'),
    ]

    operations = [
        migrations.AddField(
            model_name='outboxmail',
            name='headers',
            field=models.JSONField(db_default={}, default=dict, help_text='What the mail says to mail programs.'),
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=prm.common.ids.uuid7, editable=False, unique=True)),
                ('kind', models.CharField(max_length=60)),
                ('key', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
                ('about_type', models.CharField(blank=True, max_length=60)),
                ('about_id', models.CharField(blank=True, max_length=200)),
                ('args', models.JSONField(default=dict)),
                ('url', models.CharField(blank=True, max_length=500)),
                ('in_app', models.BooleanField(default=True)),
                ('read_at', models.DateTimeField(null=True)),
                ('mail', models.CharField(choices=[('at_once', 'At once'), ('daily', 'Once a day'), ('weekly', 'Once a week'), ('never', 'Never')], default='never', max_length=10)),
                ('mail_due_at', models.DateTimeField(null=True)),
                ('mailed_at', models.DateTimeField(null=True)),
                ('to', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='notices', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('in_app', True), ('read_at', None)), fields=['to'], name='common_notice_unread'), models.Index(fields=['to', 'at'], name='common_notice_list'), models.Index(condition=models.Q(('mail_due_at__isnull', False)), fields=['mail_due_at'], name='common_notice_due')],
                'constraints': [models.UniqueConstraint(fields=('to', 'kind', 'key'), name='common_notice_once')],
            },
        ),
        migrations.CreateModel(
            name='NoticeChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=60)),
                ('in_app', models.BooleanField()),
                ('mail', models.CharField(choices=[('at_once', 'At once'), ('daily', 'Once a day'), ('weekly', 'Once a week'), ('never', 'Never')], max_length=10)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notice_choices', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('person', 'kind'), name='common_noticechoice_once')],
            },
        ),
        migrations.CreateModel(
            name='QuietHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('begins', models.TimeField()),
                ('ends', models.TimeField()),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='quiet_hours', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('begins', models.F('ends')), _negated=True), name='common_quiethours_not_empty')],
            },
        ),
        migrations.CreateModel(
            name='Task',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=prm.common.ids.uuid7, editable=False, unique=True)),
                ('source', models.CharField(max_length=60)),
                ('key', models.CharField(default=prm.common.ids.uuid7_text, max_length=200)),
                ('title', models.CharField(blank=True, max_length=200, verbose_name='Task')),
                ('args', models.JSONField(default=dict)),
                ('url', models.CharField(blank=True, max_length=500)),
                ('about_type', models.CharField(blank=True, max_length=60)),
                ('about_id', models.CharField(blank=True, max_length=200)),
                ('side', models.CharField(choices=[('ours', 'Us'), ('company', 'The partner')], max_length=10, verbose_name='To be done by')),
                ('company', models.UUIDField(null=True, verbose_name='Partner')),
                ('due_on', models.DateField(null=True, verbose_name='Due')),
                ('priority', models.PositiveSmallIntegerField(choices=[(1, 'High'), (2, 'Normal'), (3, 'Low')], default=2, verbose_name='Priority')),
                ('snoozed_until', models.DateField(null=True, verbose_name='Rests until')),
                ('state', models.CharField(choices=[('open', 'Open'), ('done', 'Done'), ('dismissed', 'Not needed')], default='open', max_length=10, verbose_name='Status')),
                ('closed_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='Reason')),
                ('told_due_on', models.DateField(help_text='The due date that somebody was told to have passed.', null=True)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('closed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to=settings.AUTH_USER_MODEL, verbose_name='Owner')),
            ],
            options={
                'indexes': [models.Index(fields=['company', 'state'], name='common_task_of_company'), models.Index(fields=['owner', 'state'], name='common_task_of_owner'), models.Index(condition=models.Q(('state', 'open')), fields=['due_on'], name='common_task_due')],
                'constraints': [models.UniqueConstraint(fields=('source', 'key'), name='common_task_once'), models.CheckConstraint(condition=models.Q(('side', 'ours'), ('company__isnull', False), _connector='OR'), name='common_task_company'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('closed_at__isnull', False)), _connector='OR'), name='common_task_closed')],
            },
        ),
    ]
